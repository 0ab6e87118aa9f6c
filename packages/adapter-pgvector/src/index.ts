export { lockDirectory } from './directory-lock.ts';
export { pglitePackages } from './pglite-packages.ts';
export type {
  Pglite,
  PgliteTransaction,
  PgvectorClient,
  PgvectorConnection,
  PgvectorNamedStatement,
  PgvectorPool,
  PgvectorPooledConnection,
  PgvectorRows,
} from './pgvector-client.ts';
export type { PgvectorConfig } from './pgvector-config.ts';
export type { NativePgvectorFilter } from './pgvector-filter.ts';
export { type OpenedPgvector, pgvectorFromConfig } from './pgvector-from-config.ts';
export type {
  HnswIndex,
  IvfflatIndex,
  PgvectorColumns,
  PgvectorMetric,
  PgvectorSourceOptions,
  PgvectorTableOptions,
  PgvectorTextSourceOptions,
  PgvectorWriterOptions,
} from './pgvector-options.ts';
export { type PgvectorPassageStatesOptions, pgvectorPassageStates } from './pgvector-passage-states.ts';
export {
  type PgvectorPassageStatesConfig,
  pgvectorPassageStatesFromConfig,
} from './pgvector-passage-states-from-config.ts';
export { pgvectorReader } from './pgvector-reader.ts';
export {
  type PgvectorReplicaState,
  type PgvectorReplicaStatesOptions,
  pgvectorReplicaStates,
} from './pgvector-replica-states.ts';
export { pgvectorSource } from './pgvector-source.ts';
export { pgvectorTextSource } from './pgvector-text-source.ts';
export { type PgvectorTokenVectorsOptions, pgvectorTokenVectors } from './pgvector-token-vectors.ts';
export { pgvectorWriter } from './pgvector-writer.ts';
