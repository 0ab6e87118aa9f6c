import { checkWord, refuseOption } from './check-option.ts';
import { clientKind, type PgvectorClient } from './pgvector-client.ts';
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
  readonly columns: Required<Omit<PgvectorColumns, 'lexemes'>> & Pick<PgvectorColumns, 'lexemes'>;
  readonly tenantField: string | undefined;
}

/** @throws RetrievalError `invalid-options`, naming the key, its value and what was expected */
export function resolveTable(options: PgvectorTableOptions): PgvectorTable {
  const { client, table, metric = 'cosine', name = `pgvector:${table}`, columns = {}, tenantField } = options;
  if (typeof table !== 'string') refuseOption('pgvector', 'table', table, 'a table name such as "articles"');
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
  const { id = 'id', text = 'text', vector = 'embedding', payload = 'payload', lexemes } = columns;
  for (const [key, column] of Object.entries({ id, text, vector, payload, lexemes })) {
    const absent = (key === 'payload' && column === null) || (key === 'lexemes' && column === undefined);
    if (!absent && !isIdentifier(column)) {
      refuseOption(name, `columns.${key}`, column, 'a column name of at most 63 bytes');
    }
  }
  if (tenantField !== undefined && !isPayloadField(tenantField)) {
    refuseOption(name, 'tenantField', tenantField, 'a payload field such as "customer" or "owner.id"');
  }
  if (tenantField !== undefined && payload === null) {
    refuseOption(name, 'columns.payload', payload, 'the column that holds the tenant field');
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
    tenantField,
  };
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
