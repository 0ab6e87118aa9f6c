export { checkBatchSize } from '../foundation/check-batch-size.ts';
export { checkPassages, checkQuery, longestPassage } from '../foundation/check-text.ts';
export { closedError } from '../foundation/closed-error.ts';
export { untilAborted } from '../foundation/until-aborted.ts';
export { untilDeadline } from '../foundation/until-deadline.ts';
export { type CrossEncoderHead, readHead } from '../models/cross-encoder/head.ts';
export { scoreFingerprint } from '../models/cross-encoder/score-fingerprint.ts';
export { normalise, readRawScore, refuseConstant } from '../models/cross-encoder/scores.ts';
export { defaultBlendOf } from '../retrieval/pipeline/default-blend.ts';
export { scoreNormalisations } from '../retrieval/ranking/rank-options.ts';
export { checkDocuments } from '../retrieval/seams/check-documents.ts';
export { checkRerankRequest } from '../retrieval/seams/check-rerank-request.ts';
export {
  type EncodePassagesRequest,
  type PassageEncoder,
  passageDigest,
} from '../retrieval/seams/passage-encoder.ts';
export { checkDeadline } from '../retrieval/seams/reranker.ts';
export type {
  StoredMaxSim,
  StoredTokenVectors,
  TokenVectorStore,
} from '../retrieval/seams/token-vector-store.ts';
export {
  quantiseTokens,
  type TokenPrecision,
  type TokenVectors,
  tokenCount,
  tokenVectorsFromBytes,
  tokenVectorsToBytes,
} from '../retrieval/seams/token-vectors.ts';
