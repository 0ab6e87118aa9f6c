import { RetrievalError } from '@secondpass/core';
import type { PgvectorMetric, PgvectorTable } from './pgvector-options.ts';
import { quoteLiteral, quoteTable } from './pgvector-sql.ts';
import type { RunStatement } from './pgvector-transaction.ts';

/**
 * What the writer notes about a table of its own. It is kept as the table's comment: that needs no second table,
 * changes in the same transaction as the data, and goes along when the table is renamed, dumped or dropped.
 */
export interface TableMarker {
  readonly dimensions: number;
  readonly metric: PgvectorMetric;
  /** False from `prepare` until the first `finish`: half of a corpus would answer as if it were all of it. */
  readonly whole: boolean;
}

export interface TableShape {
  /** Identity of the table: another one after DROP and CREATE. */
  readonly oid: string;
  /** Column name → type name without modifiers, such as `vector` or `int4`. */
  readonly columns: ReadonlyMap<string, string>;
  /** Length of the vectors; undefined where the column does not fix it. */
  readonly dimensions: number | undefined;
  /** Undefined for a table that the writer did not create. */
  readonly marker: TableMarker | undefined;
}

/** @returns undefined when there is no such table or view */
export async function inspectTable(run: RunStatement, table: PgvectorTable): Promise<TableShape | undefined> {
  const rows = await run({
    text: [
      "SELECT class.oid::text AS oid, obj_description(class.oid, 'pg_class') AS comment,",
      'attribute.attname::text AS column, type.typname::text AS type, attribute.atttypmod AS modifier',
      'FROM pg_class class',
      'LEFT JOIN pg_attribute attribute ON attribute.attrelid = class.oid AND attnum > 0 AND NOT attisdropped',
      'LEFT JOIN pg_type type ON type.oid = attribute.atttypid',
      'WHERE class.oid = to_regclass($1)',
    ].join('\n'),
    values: [quoteTable(table)],
  });
  const first = rows[0];
  if (first === undefined) return undefined;
  const modifier = Number(rows.find(({ column }) => column === table.columns.vector)?.['modifier'] ?? -1);
  return {
    oid: String(first['oid']),
    columns: new Map(rows.map(({ column, type }) => [String(column), String(type)])),
    dimensions: modifier > 0 ? modifier : undefined,
    marker: parseMarker(first['comment']),
  };
}

/** @throws RetrievalError `source-not-found` or `invalid-options` when the columns are not there to be searched */
export function checkColumns({ columns }: TableShape, table: PgvectorTable): void {
  for (const [key, column] of Object.entries(table.columns)) {
    if (column === null || columns.has(column)) continue;
    throw new RetrievalError({
      code: 'source-not-found',
      origin: table.name,
      problem: `The table ${table.table} has no column "${column}"; it has ${[...columns.keys()].join(', ')}.`,
      nextStep: `Set columns.${key}${key === 'payload' ? ', to null if there is none' : ''}.`,
    });
  }
  const type = columns.get(table.columns.vector)!;
  if (type !== 'vector' && type !== 'halfvec') {
    throw new RetrievalError({
      code: 'invalid-options',
      origin: table.name,
      problem: `The column "${table.columns.vector}" of ${table.table} is of type ${type}.`,
      nextStep: 'Set columns.vector to a column of type vector or halfvec.',
    });
  }
}

/** @throws RetrievalError `dimension-mismatch` */
export function checkDimensions(length: number, expected: number | undefined, table: PgvectorTable): void {
  if (expected === undefined || length === expected) return;
  throw new RetrievalError({
    code: 'dimension-mismatch',
    origin: table.name,
    problem: `The vector has ${length} elements and ${table.table} holds vectors of ${expected}.`,
    nextStep: 'Use the model that the table was indexed with, or another table.',
  });
}

export function markTable(table: PgvectorTable, marker: TableMarker): string {
  return `COMMENT ON TABLE ${quoteTable(table)} IS ${quoteLiteral(JSON.stringify({ secondpass: marker }))}`;
}

function parseMarker(comment: unknown): TableMarker | undefined {
  if (typeof comment !== 'string' || !comment.startsWith('{"secondpass":')) return undefined;
  return (JSON.parse(comment) as { secondpass: TableMarker }).secondpass;
}
