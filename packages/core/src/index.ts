export { BiEncoder, loadBiEncoder } from './bi-encoder/bi-encoder.ts';
export type { Candidate, Finding } from './candidate.ts';
export type { CandidateRequest, CandidateSource } from './candidate-source.ts';
export { checkDocuments, checkPassages, checkQuery, longestPassage, longestQuery } from './check-text.ts';
export { CrossEncoder, loadCrossEncoder } from './cross-encoder/cross-encoder.ts';
export type { Document, EmbeddedDocument } from './document.ts';
export type { DocumentReader, ReadRequest } from './document-reader.ts';
export type { DocumentWriter, StoredDocument } from './document-writer.ts';
export type { Embedder, EmbedRequest } from './embedder.ts';
export { type FieldFilter, type Filter, type FilterValue, parseFilter } from './filter.ts';
export { type FusedSourceConfig, fusedSource } from './fused-source.ts';
export { type Fusion, fuse } from './fusion.ts';
export { type IndexDocumentsRequest, type IndexingProgress, indexDocuments } from './index-documents.ts';
export { cpuQuota } from './inference/cpu-quota.ts';
export type { EncoderOptions } from './inference/encoder-options.ts';
export { type MigrateDocumentsRequest, migrateDocuments } from './migrate-documents.ts';
export {
  inspectModelDirectory,
  type ModelFileState,
  type ModelInspection,
} from './model-directory/inspect-model-directory.ts';
export type { Precision } from './model-directory/model-directory.ts';
export type { ModelManifest, ScoreScale } from './model-directory/model-manifest.ts';
export type { Query } from './query.ts';
export { type Degradation, type Hit, type Ranking, rank, type Timings } from './ranking.ts';
export type { PassageScore, Reranker, RerankRequest } from './reranker.ts';
export { RetrievalError, type RetrievalErrorCode, type RetrievalErrorDetails } from './retrieval-error.ts';
export {
  type RetrieveOptions,
  TwoStageRetriever,
  type TwoStageRetrieverConfig,
} from './two-stage-retriever.ts';
