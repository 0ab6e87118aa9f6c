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
export { type CalibrateCascadeRequest, calibrateCascade } from './cascade/calibrate-cascade.ts';
export type { CascadeOptions, CascadeStage } from './cascade/cascade-options.ts';
export { cascadeReranker } from './cascade/cascade-reranker.ts';
export type { EarlyExit, ReadPassage } from './cascade/early-exit.ts';
export { checkRerankRequest } from './check-rerank-request.ts';
export { checkDocuments, checkPassages, checkQuery, longestPassage, longestQuery } from './check-text.ts';
export { closedError } from './closed-error.ts';
export type { AnswerSentence } from './context/answer-sentences.ts';
export { buildContext } from './context/build-context.ts';
export {
  type CheckCitationsOptions,
  type CitationReport,
  checkCitations,
  type UnsupportedSentence,
} from './context/check-citations.ts';
export type { Citation, Context, LeftOut, TextSpan } from './context/context.ts';
export type { CitationStyle, ContextOptions, Diversity, PassageVectors } from './context/context-options.ts';
export { type DocumentsInMemoryRequest, documentsInMemory } from './context/documents-in-memory.ts';
export type { Expansion, FetchDocuments } from './context/expansion.ts';
export {
  type CalibrateCrossEncoderRequest,
  calibrateCrossEncoder,
} from './cross-encoder/calibrate-cross-encoder.ts';
export { CrossEncoder } from './cross-encoder/cross-encoder.ts';
export type { CrossEncoderOptions } from './cross-encoder/cross-encoder-options.ts';
export { loadCrossEncoder } from './cross-encoder/load-cross-encoder.ts';
export {
  loadPairTokenizer,
  type PairTokenizer,
  type TokenisedPair,
} from './cross-encoder/load-pair-tokenizer.ts';
export { type LongPassagePolicy, longPassagePolicies } from './cross-encoder/long-passages.ts';
export type { Degradation, OnDegraded } from './degradation.ts';
export type { Document, EmbeddedDocument } from './document.ts';
export type { DocumentReader, ReadRequest } from './document-reader.ts';
export type { DocumentWriter, StoredDocument } from './document-writer.ts';
export type { Embedder, EmbedRequest } from './embedder.ts';
export { type EmbeddingSourceConfig, embeddingSource } from './embedding-source.ts';
export type { CircuitOptions } from './failover/circuit.ts';
export type { FailoverMember, FailoverOptions, HedgeOptions } from './failover/failover-options.ts';
export { failoverReranker } from './failover/failover-reranker.ts';
export { type FieldFilter, type Filter, type FilterValue, parseFilter } from './filter.ts';
export type { FusedMember, FusedSourceConfig } from './fused-options.ts';
export { fusedSource } from './fused-source.ts';
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
export { SharedCores } from './inference/shared-cores.ts';
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
export { type StatePrecision, statePrecisions } from './precomputed-passages/compress-states.ts';
export { loadPrecomputedCrossEncoder } from './precomputed-passages/load-precomputed-cross-encoder.ts';
export type { PassageStateStore, StoredPassageStates } from './precomputed-passages/passage-state-store.ts';
export {
  type PrecomputedPassagesCount,
  type PrecomputePassagesRequest,
  precomputePassages,
} from './precomputed-passages/precompute-passages.ts';
export { PrecomputedCrossEncoder } from './precomputed-passages/precomputed-cross-encoder.ts';
export type { PrecomputedCrossEncoderOptions } from './precomputed-passages/precomputed-cross-encoder-options.ts';
export {
  PrecomputedPassages,
  type PrecomputedPassagesOptions,
  type PrecomputedPassagesStats,
} from './precomputed-passages/precomputed-passages.ts';
export type { Query } from './query.ts';
export { type RankOptions, type ScoreNormalisation, scoreNormalisations } from './rank-options.ts';
export { type Hit, type Ranking, rank, type Timings } from './ranking.ts';
export {
  checkDeadline,
  type PassageChunk,
  type PassageScore,
  type Reranker,
  type RerankRequest,
} from './reranker.ts';
export { type RerankerKind, readRerankerKind, rerankerKinds } from './reranker-kind.ts';
export { RetrievalError, type RetrievalErrorCode, type RetrievalErrorDetails } from './retrieval-error.ts';
export type {
  RerankFailurePolicy,
  RetrieveOptions,
  TwoStageRetrieverConfig,
} from './retriever-options.ts';
export type { MergeBy } from './same-passage.ts';
export { type CachedRerankerOptions, cachedReranker } from './score-cache/cached-reranker.ts';
export { ScoreCache, type ScoreCacheOptions, type ScoreCacheStats } from './score-cache/score-cache.ts';
export type { Displacement } from './shadow/displacement.ts';
export type { ShadowHit, ShadowOptions, ShadowRecord } from './shadow/shadow-mode.ts';
export type { TelemetryOptions } from './telemetry/telemetry-options.ts';
export { TwoStageRetriever } from './two-stage-retriever.ts';
export { untilAborted } from './until-aborted.ts';
