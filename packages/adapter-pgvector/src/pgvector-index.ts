import { createHash } from 'node:crypto';
import type { PgvectorTable } from './pgvector-options.ts';
import { metrics, quoteIdentifier, quoteTable } from './pgvector-sql.ts';
import type { RunStatement } from './pgvector-transaction.ts';

/** pgvector builds no HNSW index over a `vector` column beyond this. */
export const mostIndexedDimensions = 2000;

export interface HnswParameters {
  readonly m: number;
  readonly efConstruction: number;
}

/** Builds the HNSW index for the table's metric unless there is one, under whatever name. */
export async function buildIndex(
  run: RunStatement,
  table: PgvectorTable,
  parameters: HnswParameters,
): Promise<void> {
  const { vector } = table.columns;
  const operatorClass = `vector_${metrics[table.metric].operatorClass}`;
  const existing = await run({
    text: [
      'SELECT 1 FROM pg_index index',
      'JOIN pg_class class ON class.oid = index.indexrelid',
      "JOIN pg_am method ON method.oid = class.relam AND method.amname = 'hnsw'",
      'JOIN pg_attribute attribute ON attribute.attrelid = index.indrelid AND attribute.attnum = index.indkey[0]',
      'JOIN pg_opclass operator_class ON operator_class.oid = index.indclass[0]',
      'WHERE index.indrelid = to_regclass($1) AND index.indisvalid AND index.indpred IS NULL',
      'AND attribute.attname = $2 AND operator_class.opcname = $3',
    ].join('\n'),
    values: [quoteTable(table), vector, operatorClass],
  });
  if (existing.length > 0) return;
  const { m, efConstruction } = parameters;
  await run({
    text: [
      `CREATE INDEX ${quoteIdentifier(indexName(table))} ON ${quoteTable(table)}`,
      `USING hnsw (${quoteIdentifier(vector)} ${operatorClass}) WITH (m = ${m}, ef_construction = ${efConstruction})`,
    ].join(' '),
  });
}

/** At most 63 bytes, whatever the table is called, and another one for each metric. */
function indexName({ relation, columns, metric }: PgvectorTable): string {
  const digest = createHash('sha256')
    .update(`${relation}\0${columns.vector}\0${metric}`)
    .digest('hex')
    .slice(0, 8);
  const readable = relation.replaceAll(/[^A-Za-z0-9_]/g, '_').slice(0, 40);
  return `${readable}_hnsw_${digest}`;
}
