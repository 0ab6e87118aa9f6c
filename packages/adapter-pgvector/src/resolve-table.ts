import type { PgvectorClient } from './pgvector-client.ts';
import { parseVectorColumn, type VectorCast } from './pgvector-names.ts';
import type { PgvectorColumns, PgvectorMetric, PgvectorTableOptions } from './pgvector-options.ts';

/** The options that source, writer and reader share, checked and filled in. */
export interface PgvectorTable {
  readonly client: PgvectorClient;
  readonly name: string;
  /** As the caller wrote it, for messages. */
  readonly table: string;
  readonly schema: string | undefined;
  readonly relation: string;
  readonly metric: PgvectorMetric;
  /** `vector` without a cast. */
  readonly columns: Required<Omit<PgvectorColumns, 'lexemes'>> & Pick<PgvectorColumns, 'lexemes'>;
  /** How the vector column is cast before it is compared; undefined if it is compared without a cast. */
  readonly vectorCast?: VectorCast | undefined;
  readonly tenantField: string | undefined;
}

/** Fills in what was left out of checked options. */
export function resolveTable(options: PgvectorTableOptions): PgvectorTable {
  const { client, table, metric = 'cosine', columns = {}, tenantField } = options;
  const { id = 'id', text = 'text', payload = 'payload', lexemes } = columns;
  const { vector, vectorCast } = parseVectorColumn(columns.vector ?? 'embedding')!;
  const parts = table.split('.');
  return {
    client,
    name: options.name ?? `pgvector:${table}`,
    table,
    relation: parts.pop()!,
    schema: parts.pop(),
    metric,
    columns: { id, text, payload, ...(lexemes !== undefined && { lexemes }), vector },
    vectorCast,
    tenantField,
  };
}
