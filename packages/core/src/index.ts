import './foundation/check-node-version.ts';

export type { Closable } from './foundation/closable.ts';
export {
  RetrievalError,
  type RetrievalErrorCode,
  type RetrievalErrorDetails,
} from './foundation/retrieval-error.ts';
export { BiEncoder } from './models/bi-encoder/bi-encoder.ts';
export type { BiEncoderOptions } from './models/bi-encoder/bi-encoder-options.ts';
export { loadBiEncoder } from './models/bi-encoder/load-bi-encoder.ts';
export { CrossEncoder } from './models/cross-encoder/cross-encoder.ts';
export type { CrossEncoderOptions } from './models/cross-encoder/cross-encoder-options.ts';
export { loadCrossEncoder } from './models/cross-encoder/load-cross-encoder.ts';
export type { LongPassagePolicy } from './models/cross-encoder/long-passages.ts';
export type { Precision } from './models/model-directory/model-directory.ts';
export type { EncoderOptions } from './models/runtime/encoder-options.ts';
export type { ExecutionProvider } from './models/runtime/session-options.ts';
export {
  type IndexDocumentsRequest,
  type IndexingProgress,
  indexDocuments,
} from './retrieval/indexing/index-documents.ts';
export { type MigrateDocumentsRequest, migrateDocuments } from './retrieval/indexing/migrate-documents.ts';
export type {
  RerankFailurePolicy,
  RetrieveOptions,
  TwoStageRetrieverConfig,
} from './retrieval/pipeline/retriever-options.ts';
export { TwoStageRetriever } from './retrieval/pipeline/two-stage-retriever.ts';
export type { RankOptions, ScoreScaling } from './retrieval/ranking/rank-options.ts';
export { type Hit, type Ranking, rank, type Timings } from './retrieval/ranking/ranking.ts';
export type { Candidate, Finding, Payload } from './retrieval/seams/candidate.ts';
export type { CandidateRequest, CandidateSource, FetchRequest } from './retrieval/seams/candidate-source.ts';
export type { Degradation, OnDegraded } from './retrieval/seams/degradation.ts';
export type { Document, EmbeddedDocument } from './retrieval/seams/document.ts';
export type { DocumentReader, ReadRequest } from './retrieval/seams/document-reader.ts';
export type { DocumentWriter, StoredDocument } from './retrieval/seams/document-writer.ts';
export type { Embedder, EmbedRequest } from './retrieval/seams/embedder.ts';
export { type FieldFilter, type Filter, type FilterValue, parseFilter } from './retrieval/seams/filter.ts';
export type { Query } from './retrieval/seams/query.ts';
export type {
  DefaultBlend,
  PassageChunk,
  PassageScore,
  Reranker,
  RerankRequest,
  Stage1Scores,
} from './retrieval/seams/reranker.ts';
export type { ShadowOptions, ShadowRecord } from './retrieval/shadow/shadow-mode.ts';
export type { TelemetryOptions } from './retrieval/telemetry/telemetry-options.ts';
