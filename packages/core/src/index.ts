export { BiEncoder } from './bi-encoder/bi-encoder.ts';
export type { BiEncoderOptions, Prompts } from './bi-encoder/bi-encoder-options.ts';
export { type CalibrateBiEncoderRequest, calibrateBiEncoder } from './bi-encoder/calibrate-bi-encoder.ts';
export { DualEncoder, type DualEncoderDirectories, loadDualEncoder } from './bi-encoder/dual-encoder.ts';
export { loadBiEncoder } from './bi-encoder/load-bi-encoder.ts';
export type { PoolingMode } from './bi-encoder/pooling.ts';
export {
  type QuantizationSettings,
  quantizeVectors,
  rangesOf,
  type VectorPrecision,
  type VectorRanges,
} from './bi-encoder/quantize-vectors.ts';
export { blendScores } from './blend-scores.ts';
export type { Candidate, Finding } from './candidate.ts';
export type { CandidateRequest, CandidateSource } from './candidate-source.ts';
export { checkDocuments, checkPassages, checkQuery, longestPassage, longestQuery } from './check-text.ts';
export {
  type CalibrateCrossEncoderRequest,
  calibrateCrossEncoder,
} from './cross-encoder/calibrate-cross-encoder.ts';
export { CrossEncoder } from './cross-encoder/cross-encoder.ts';
export type { CrossEncoderOptions } from './cross-encoder/cross-encoder-options.ts';
export { loadCrossEncoder } from './cross-encoder/load-cross-encoder.ts';
export { type LongPassagePolicy, longPassagePolicies } from './cross-encoder/long-passages.ts';
export type { Degradation, OnDegraded } from './degradation.ts';
export type { Document, EmbeddedDocument } from './document.ts';
export type { DocumentReader, ReadRequest } from './document-reader.ts';
export type { DocumentWriter, StoredDocument } from './document-writer.ts';
export type { Embedder, EmbedRequest } from './embedder.ts';
export { type FieldFilter, type Filter, type FilterValue, parseFilter } from './filter.ts';
export { type FusedSourceConfig, fusedSource } from './fused-source.ts';
export { type Fusion, fuse } from './fusion.ts';
export { graphCacheDirectory, type OptimizedGraph } from './graph/graph-cache.ts';
export { type OptimizeModelOptions, optimizeModel } from './graph/optimize-model.ts';
export type { OptimizationReport } from './graph/optimizer-report.ts';
export type { PassReport } from './graph/passes/pass.ts';
export { type IndexDocumentsRequest, type IndexingProgress, indexDocuments } from './index-documents.ts';
export { cpuQuota } from './inference/cpu-quota.ts';
export {
  type EncoderOptions,
  type ExecutionProvider,
  executionProviders,
} from './inference/encoder-options.ts';
export {
  type TuneBatchTokensOptions,
  type TuneBatchTokensResult,
  tuneBatchTokens,
} from './inference/tune-batch-tokens.ts';
export type { Tuning } from './inference/tuned-batch-tokens.ts';
export { LateInteraction } from './late-interaction/late-interaction.ts';
export {
  type LateInteractionOptions,
  loadLateInteraction,
} from './late-interaction/load-late-interaction.ts';
export type { EncodePassagesRequest, PassageEncoder } from './late-interaction/passage-encoder.ts';
export {
  type StoredTokenVectorsCount,
  type StoreTokenVectorsRequest,
  storeTokenVectors,
} from './late-interaction/store-token-vectors.ts';
export type {
  StoredMaxSim,
  StoredTokenVectors,
  TokenVectorStore,
} from './late-interaction/token-vector-store.ts';
export {
  type TokenPrecision,
  type TokenVectors,
  tokenVectorsFromBytes,
  tokenVectorsToBytes,
} from './late-interaction/token-vectors.ts';
export { type MigrateDocumentsRequest, migrateDocuments } from './migrate-documents.ts';
export {
  inspectModelDirectory,
  type ModelFileState,
  type ModelInspection,
} from './model-directory/inspect-model-directory.ts';
export type { Precision } from './model-directory/model-directory.ts';
export type { ModelManifest, ScoreScale } from './model-directory/model-manifest.ts';
export type { PromptTemplate } from './model-directory/prompt-template.ts';
export { loadPolyEncoder, type PolyEncoderOptions } from './poly-encoder/load-poly-encoder.ts';
export { PolyEncoder } from './poly-encoder/poly-encoder.ts';
export type { PolyEncoderSettings } from './poly-encoder/poly-encoder-directory.ts';
export type { Query } from './query.ts';
export { type RankOptions, type ScoreNormalisation, scoreNormalisations } from './rank-options.ts';
export { type Hit, type Ranking, rank, type Timings } from './ranking.ts';
export type { PassageChunk, PassageScore, Reranker, RerankRequest } from './reranker.ts';
export { type RerankerKind, readRerankerKind, rerankerKinds } from './reranker-kind.ts';
export { RetrievalError, type RetrievalErrorCode, type RetrievalErrorDetails } from './retrieval-error.ts';
export type {
  RerankFailurePolicy,
  RetrieveOptions,
  TwoStageRetrieverConfig,
} from './retriever-options.ts';
export { type CachedRerankerOptions, cachedReranker } from './score-cache/cached-reranker.ts';
export { ScoreCache, type ScoreCacheOptions, type ScoreCacheStats } from './score-cache/score-cache.ts';
export type { Displacement } from './shadow/displacement.ts';
export type { ShadowHit, ShadowOptions, ShadowRecord } from './shadow/shadow-mode.ts';
export { TwoStageRetriever } from './two-stage-retriever.ts';
