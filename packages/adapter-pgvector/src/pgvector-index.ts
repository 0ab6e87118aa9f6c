import { createHash } from 'node:crypto';
import type { HnswIndex, IvfflatIndex } from './pgvector-options.ts';
import { metrics, quoteIdentifier, quoteTable } from './pgvector-sql.ts';
import { lexemesColumn, type TableMarker, tenantColumn } from './pgvector-table.ts';
import type { PgvectorTable } from './resolve-table.ts';
import { tenantExpression } from './tenant-condition.ts';
import type { RunStatement } from './transaction-options.ts';

/** The most dimensions for which pgvector builds an index over a column of that type. */
export const mostIndexedDimensions = { vector: 2000, halfvec: 4000, binary: 64_000 } as const;

export type VectorIndex = ({ readonly kind: 'hnsw' } & Required<Omit<HnswIndex, 'kind'>>) | IvfflatIndex;

/** What a vector index is built over. */
interface IndexedVectors {
  readonly vectorType: 'vector' | 'halfvec';
  readonly quantize?: 'binary';
  readonly dimensions: number;
}

/** One bit for each number of a vector: whether it is above zero. Index and search have to write it in the same way. */
export function bits(vector: string, dimensions: number): string {
  return `binary_quantize(${vector})::bit(${dimensions})`;
}

/**
 * Builds the vector index for the table's metric unless there is one, under any name.
 *
 * @returns the requested kind, or undefined if the table is empty and the kind needs rows
 */
export async function buildVectorIndex(
  run: RunStatement,
  table: PgvectorTable,
  { vectorType, quantize, dimensions }: IndexedVectors,
  index: VectorIndex,
): Promise<VectorIndex['kind'] | undefined> {
  const { kind } = index;
  const operatorClass = `${vectorType}_${metrics[table.metric].operatorClass}`;
  // With an index of the other kind, the planner could choose it, and a search's settings fit one kind only.
  const other = kind === 'hnsw' ? 'ivfflat' : 'hnsw';
  await run({ text: `DROP INDEX IF EXISTS ${nameNextTo(table, `${other}_${table.metric}`)}` });
  if (quantize && index.kind === 'hnsw') {
    await createIndex(
      run,
      table,
      `${quantize}_${kind}`,
      `USING hnsw ((${bits(quoteIdentifier(table.columns.vector), dimensions)}) bit_hamming_ops) WITH (${parametersOf(index)})`,
    );
    return kind;
  }
  const existing = await run({
    text: [
      'SELECT 1 FROM pg_index index',
      'JOIN pg_class class ON class.oid = index.indexrelid',
      'JOIN pg_am method ON method.oid = class.relam AND method.amname = $4',
      'JOIN pg_attribute attribute ON attribute.attrelid = index.indrelid AND attribute.attnum = index.indkey[0]',
      'JOIN pg_opclass operator_class ON operator_class.oid = index.indclass[0]',
      'WHERE index.indrelid = to_regclass($1) AND index.indisvalid AND index.indpred IS NULL',
      'AND attribute.attname = $2 AND operator_class.opcname = $3',
    ].join('\n'),
    values: [quoteTable(table), table.columns.vector, operatorClass, kind],
  });
  if (existing.length > 0) return kind;
  const parameters =
    index.kind === 'hnsw' ? parametersOf(index) : `lists = ${index.lists ?? (await listsFor(run, table))}`;
  // Clusters of an empty table would not fit the rows that come later.
  if (parameters === 'lists = 0') return undefined;
  await run({
    text: [
      `CREATE INDEX ${quoteIdentifier(indexName(table, `${kind}_${table.metric}`))} ON ${quoteTable(table)}`,
      `USING ${kind} (${quoteIdentifier(table.columns.vector)} ${operatorClass}) WITH (${parameters})`,
    ].join(' '),
  });
  return kind;
}

function parametersOf(index: VectorIndex & { readonly kind: 'hnsw' }): string {
  return `m = ${index.m}, ef_construction = ${index.efConstruction}`;
}

/** As pgvector advises; 0 for an empty table. */
async function listsFor(run: RunStatement, table: PgvectorTable): Promise<number> {
  const [counted] = await run({ text: `SELECT count(*)::text AS count FROM ${quoteTable(table)}` });
  const rows = Number(counted?.['count']);
  if (rows === 0) return 0;
  return Math.min(32_768, Math.max(1, Math.round(rows > 1_000_000 ? Math.sqrt(rows) : rows / 1000)));
}

/** The index for searching by text. */
export async function buildLexemesIndex(run: RunStatement, table: PgvectorTable): Promise<void> {
  await createIndex(run, table, 'lexemes', `USING gin (${quoteIdentifier(lexemesColumn)})`);
}

/** The index that finds a tenant with few passages among many. */
export async function buildTenantIndex(
  run: RunStatement,
  table: PgvectorTable,
  { partitions }: Pick<TableMarker, 'partitions'>,
): Promise<void> {
  const { tenantField } = table;
  if (tenantField === undefined) return;
  if (partitions !== undefined) return createIndex(run, table, 'tenant', `(${tenantColumn})`);
  // With tenants, the writer has a payload column.
  const payload = String(table.columns.payload);
  await createIndex(run, table, 'tenant', `(${tenantExpression({ payload, tenantField })})`);
}

async function createIndex(
  run: RunStatement,
  table: PgvectorTable,
  purpose: string,
  keys: string,
): Promise<void> {
  const name = quoteIdentifier(indexName(table, purpose));
  await run({ text: `CREATE INDEX IF NOT EXISTS ${name} ON ${quoteTable(table)} ${keys}` });
}

/** At most 63 bytes for any table name, and unique for each purpose. */
function indexName({ relation, columns, tenantField }: PgvectorTable, purpose: string): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([relation, columns, tenantField, purpose]))
    .digest('hex')
    .slice(0, 8);
  const readable = relation.replaceAll(/[^A-Za-z0-9_]/g, '_').slice(0, 32);
  return `${readable}_${purpose.replaceAll('-', '_')}_${digest}`;
}

/** The name of an index or a partition, in the schema of its table. */
export function nameNextTo(table: PgvectorTable, purpose: string): string {
  return quoteTable({ schema: table.schema, relation: indexName(table, purpose) });
}
