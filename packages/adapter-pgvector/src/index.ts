export { fromConfig, type OpenedPgvector } from './from-config.ts';
export type {
  Pglite,
  PgliteTransaction,
  PgvectorClient,
  PgvectorConnection,
  PgvectorPool,
  PgvectorPooledConnection,
  PgvectorRows,
} from './pgvector-client.ts';
export type { PgvectorConfig } from './pgvector-config.ts';
export type { NativePgvectorFilter } from './pgvector-filter.ts';
export type {
  PgvectorColumns,
  PgvectorMetric,
  PgvectorSourceOptions,
  PgvectorTableOptions,
  PgvectorWriterOptions,
} from './pgvector-options.ts';
export { pgvectorSource } from './pgvector-source.ts';
export { pgvectorWriter } from './pgvector-writer.ts';
