import '../foundation/check-node-version.ts';

export { type AskedBy, askedBy } from '../foundation/asked-by.ts';
export { fileDigest } from '../models/model-directory/file-digest.ts';
export {
  damaged,
  type ModelDirectory,
  openModelDirectory,
  quantizedGraph,
  rangesFile,
  readModelJson,
} from '../models/model-directory/model-directory.ts';
export { openModelFile, readModelText, sha256Of } from '../models/model-directory/model-file.ts';
export { modelFingerprint } from '../models/model-directory/model-fingerprint.ts';
export {
  firstPositionOf,
  type ModelConfig,
  modelConfigSchema,
  positionsOf,
  readMaxTokens,
  readModelConfig,
} from '../models/model-directory/model-limits.ts';
export { readSafetensors } from '../models/model-directory/safetensors.ts';
export { checkEncoderOptions, encoderOptionShape } from '../models/runtime/encoder-options.ts';
export { installRuntime, loadRuntime } from '../models/runtime/load-runtime.ts';
export type { ModelRuntime } from '../models/runtime/model-runtime.ts';
export type {
  GraphFile,
  ModelSession,
  OutputRow,
  RunRequest,
  SessionRequest,
} from '../models/runtime/model-session.ts';
export type { ModelWarning, OnWarning } from '../models/runtime/model-warning.ts';
export { type OpenedTokenizer, openTokenizerFor } from '../models/runtime/opened-tokenizer.ts';
export type {
  HeadActivation,
  HeadLayer,
  OutputHead,
  TokenProjection,
} from '../models/runtime/output-head.ts';
export type { CheckedEncoderOptions } from '../models/runtime/session-options.ts';
export { concatenate, type TokenSequence, type TokenStates } from '../models/runtime/token-sequence.ts';
export type { PairTemplate, SingleTemplate, Tokenizer, TokenOffsets } from '../models/runtime/tokenizer.ts';
