import { checkWord, refuseOption } from './check-option.ts';
import { clientKind, type PgvectorClient } from './pgvector-client.ts';
import type { PgvectorColumns, PgvectorMetric, PgvectorTableOptions } from './pgvector-options.ts';

export interface VectorCast {
  readonly type: 'vector' | 'halfvec';
  readonly dimensions: number;
}

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
  /** How the vector column is cast before it is compared; undefined where it is compared as it is. */
  readonly vectorCast?: VectorCast | undefined;
  readonly tenantField: string | undefined;
}

/** @throws RetrievalError `invalid-options`, naming the key, its value and what was expected */
export function resolveTable(options: PgvectorTableOptions): PgvectorTable {
  const {
    client,
    table,
    metric = 'cosine',
    columns = {},
    tenantField,
  } = (options ?? {}) as PgvectorTableOptions;
  if (typeof table !== 'string') refuseOption('pgvector', 'table', table, 'a table name such as "articles"');
  const { name = `pgvector:${table}` } = options;
  if (typeof name !== 'string' || name === '')
    refuseOption('pgvector', 'name', name, 'a string that is not empty');
  if (clientKind(client) === undefined) {
    refuseOption(name, 'client', typeof client, 'a pg Pool, a connected pg Client or a PGlite instance');
  }
  const parts = table.split('.');
  if (parts.length > 2 || !parts.every(isIdentifier)) {
    refuseOption(
      name,
      'table',
      table,
      'a name such as "articles" or "search.articles", each part at most 63 bytes',
    );
  }
  checkWord(name, 'metric', metric, ['cosine', 'inner-product', 'l2']);
  if (typeof columns !== 'object' || columns === null)
    refuseOption(name, 'columns', columns, 'an object such as { text: "body" }');
  const { id = 'id', text = 'text', payload = 'payload', lexemes } = columns;
  const { vector, vectorCast } = vectorColumn(columns.vector ?? 'embedding', name);
  for (const [key, column] of Object.entries({ id, text, vector, payload, lexemes })) {
    if (key === 'payload' && (column === null || isColumnList(column))) continue;
    if (key === 'payload' && Array.isArray(column)) {
      refuseOption(name, 'columns.payload', column, 'names of different columns, each at most 63 bytes');
    }
    if (!(key === 'lexemes' && column === undefined) && !isIdentifier(column)) {
      refuseOption(name, `columns.${key}`, column, 'a column name of at most 63 bytes');
    }
  }
  if (tenantField !== undefined && !isPayloadField(tenantField)) {
    refuseOption(name, 'tenantField', tenantField, 'a payload field such as "customer" or "owner.id"');
  }
  if (tenantField !== undefined && Array.isArray(payload) && !holds(payload, tenantField)) {
    refuseOption(name, 'columns.payload', payload, 'a list with the column that holds the tenant field');
  }
  const relation = parts.pop()!;
  return {
    client,
    name,
    table,
    schema: parts.pop(),
    relation,
    metric,
    columns: { id, text, vector, payload, ...(lexemes !== undefined && { lexemes }) },
    vectorCast,
    tenantField,
  };
}

/** A column's name, or its name and cast as they stand in an expression index. */
function vectorColumn(
  vector: unknown,
  name: string,
): { readonly vector: string; readonly vectorCast?: VectorCast } {
  if (typeof vector !== 'string' || !vector.includes('::')) return { vector: vector as string };
  const [, column, type, digits] = /^(.+?)::(vector|halfvec)\((\d{1,5})\)$/.exec(vector) ?? [];
  const dimensions = Number(digits);
  if (column === undefined || dimensions < 1 || dimensions > 16_000) {
    const expected = 'a column name, or one with a cast such as "embedding::halfvec(3072)"';
    return refuseOption(name, 'columns.vector', vector, expected);
  }
  return { vector: column, vectorCast: { type: type as VectorCast['type'], dimensions } };
}

function isColumnList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isIdentifier) && new Set(value).size === value.length;
}

/** Whether a field is one of the columns, or lies in one. */
export function holds(columns: Iterable<string>, field: string): boolean {
  return [...columns].some((column) => field === column || field.startsWith(`${column}.`));
}

/** PostgreSQL cuts a longer name silently, and two tables could become one. */
export function isIdentifier(name: unknown): name is string {
  return (
    typeof name === 'string' &&
    name !== '' &&
    name.isWellFormed() &&
    !name.includes('\0') &&
    Buffer.byteLength(name) <= 63
  );
}

function isPayloadField(field: unknown): field is string {
  return (
    typeof field === 'string' &&
    field.isWellFormed() &&
    !field.includes('\0') &&
    !field.split('.').includes('')
  );
}
