import '../foundation/check-node-version.ts';

export type { Prompts } from '../models/bi-encoder/bi-encoder-options.ts';
export {
  type CalibrateBiEncoderRequest,
  calibrateBiEncoder,
} from '../models/bi-encoder/calibrate-bi-encoder.ts';
export {
  DualEncoder,
  type DualEncoderDirectories,
  loadDualEncoder,
} from '../models/bi-encoder/dual-encoder.ts';
export type { PoolingMode } from '../models/bi-encoder/pooling.ts';
export {
  type QuantizationSettings,
  quantizeVectors,
  rangesOf,
  type VectorPrecision,
  type VectorRanges,
} from '../models/bi-encoder/quantize-vectors.ts';
export {
  type CalibrateCrossEncoderRequest,
  calibrateCrossEncoder,
} from '../models/cross-encoder/calibrate-cross-encoder.ts';
export {
  loadPairTokenizer,
  type PairTokenizer,
  type TokenizedPair,
} from '../models/cross-encoder/load-pair-tokenizer.ts';
export { longPassagePolicies } from '../models/cross-encoder/long-passages.ts';
export {
  inspectModelDirectory,
  type ModelFileState,
  type ModelInspection,
  type ModelKind,
} from '../models/model-directory/inspect-model-directory.ts';
export type { ModelManifest, ScoreScale } from '../models/model-directory/model-manifest.ts';
export type { PromptTemplate } from '../models/model-directory/prompt-template.ts';
export { type RuntimeName, runtimeNames } from '../models/runtime/model-runtime.ts';
export { executionProviders } from '../models/runtime/session-options.ts';
