export type { QdrantAnswer, QdrantApi, QdrantClientLike, QdrantRequestInit } from './qdrant-client.ts';
export type { QdrantConfig } from './qdrant-config.ts';
export { type OpenedQdrant, qdrantFromConfig } from './qdrant-from-config.ts';
export type {
  QdrantCollectionOptions,
  QdrantMetric,
  QdrantSourceOptions,
  QdrantWriterOptions,
} from './qdrant-options.ts';
export { qdrantReader } from './qdrant-reader.ts';
export { qdrantSource } from './qdrant-source.ts';
export { type QdrantTokenVectorsOptions, qdrantTokenVectors } from './qdrant-token-vectors.ts';
export { qdrantWriter } from './qdrant-writer.ts';
