import '../foundation/check-node-version.ts';

export {
  abortSignal,
  type CheckOptionsContext,
  callback,
  checkOptions,
  flag,
  having,
  integer,
  kind,
  knownOptions,
  listOf,
  milliseconds,
  number,
  oneOf,
  optionsOf,
  stream,
  text,
} from '../foundation/check-options.ts';
export {
  checkPassages,
  checkQuery,
  longestPassage,
  readableText,
  refuseBlank,
} from '../foundation/check-text.ts';
export { closable, owning } from '../foundation/closable.ts';
export { closedError } from '../foundation/closed-error.ts';
export { describeAsJson, describeValue } from '../foundation/describe-value.ts';
export {
  compactInteger,
  isExactEverywhere,
  isPerhapsRounded,
} from '../foundation/exact-numbers.ts';
export { type FileLockOptions, takeFileLock } from '../foundation/file-lock.ts';
export { float32Digits } from '../foundation/float32-digits.ts';
export { foreignCause } from '../foundation/foreign-cause.ts';
export { areHeaders, isHeaderValue } from '../foundation/header-value.ts';
export { nearestName } from '../foundation/nearest-name.ts';
export { isNestedWithin } from '../foundation/nesting.ts';
export { parseJson } from '../foundation/parse-json.ts';
export { rawIntegers, stringifyJson } from '../foundation/stringify-json.ts';
export { untilAborted } from '../foundation/until-aborted.ts';
export { untilDeadline } from '../foundation/until-deadline.ts';
export { type CrossEncoderHead, readHead } from '../models/cross-encoder/head.ts';
export { scoreFingerprint } from '../models/cross-encoder/score-fingerprint.ts';
export { constantScore, probabilityOf, readRawScore } from '../models/cross-encoder/scores.ts';
export { cascadeMark, isCascade } from '../retrieval/cascade/cascade-reranker.ts';
export {
  FairQueue,
  type FairQueueOptions,
  type RequestOwner,
  type RequestSize,
  type Turn,
} from '../retrieval/fairness/fair-queue.ts';
export { fusionSchema } from '../retrieval/fusion/fusion-schema.ts';
export { cosineOf, defaultBlendOf } from '../retrieval/pipeline/default-blend.ts';
export { scoreScalings } from '../retrieval/ranking/rank-options.ts';
export {
  candidatesToRescore,
  type Quantization,
  type RescoreOptions,
} from '../retrieval/seams/candidates-to-rescore.ts';
export { checkCandidateRequest } from '../retrieval/seams/check-candidate-request.ts';
export { checkPrepareRequest, checkReadRequest } from '../retrieval/seams/check-document-requests.ts';
export { checkDocuments, checkStoredDocuments } from '../retrieval/seams/check-documents.ts';
export { checkEmbedRequest, checkEncodeRequest } from '../retrieval/seams/check-embed-request.ts';
export { checkFetchRequest } from '../retrieval/seams/check-fetch-request.ts';
export { checkIds } from '../retrieval/seams/check-ids.ts';
export { checkPassageStates, checkStatesPage } from '../retrieval/seams/check-passage-states.ts';
export { checkQuantize, type QuantizedPlace } from '../retrieval/seams/check-quantize.ts';
export { checkRerankRequest } from '../retrieval/seams/check-rerank-request.ts';
export { checkOwner, checkTenant, type TenantGuard } from '../retrieval/seams/check-tenant.ts';
export { checkTokenVectors } from '../retrieval/seams/check-token-vectors.ts';
export { filterLimits } from '../retrieval/seams/filter.ts';
export {
  type EncodePassagesRequest,
  type PassageEncoder,
  passageDigest,
} from '../retrieval/seams/passage-encoder.ts';
export type { PassageStateStore, StoredPassageStates } from '../retrieval/seams/passage-state-store.ts';
export { type ScoreReadableRequest, scoreReadable } from '../retrieval/seams/score-readable.ts';
export type {
  StoredMaxSim,
  StoredTokenVectors,
  TokenVectorStore,
} from '../retrieval/seams/token-vector-store.ts';
export {
  quantizeTokens,
  type TokenPrecision,
  type TokenVectors,
  tokenCount,
  tokenVectorsFromBytes,
  tokenVectorsToBytes,
} from '../retrieval/seams/token-vectors.ts';
