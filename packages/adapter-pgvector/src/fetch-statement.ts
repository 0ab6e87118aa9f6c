import type { Document } from '@secondpass/core';
import { payloadExpression, placePayload } from './payload-place.ts';
import { type Restriction, restrictions } from './pgvector-conditions.ts';
import type { Statement } from './pgvector-request.ts';
import { documentOf, type SearchRow } from './pgvector-response.ts';
import { quoteIdentifier, quoteTable } from './pgvector-sql.ts';
import type { TableShape } from './pgvector-table.ts';
import type { PgvectorTable } from './resolve-table.ts';

/**
 * The statement that selects rows by id. If the column is a number or a UUID, ids are compared in that type, so that
 * its index can be used; a value that does not fit the type is no row's id.
 *
 * @throws RetrievalError `invalid-filter`
 */
export function fetchStatement(
  table: PgvectorTable,
  shape: TableShape,
  { ids, ...restriction }: Restriction & { readonly ids: readonly string[] },
): Statement {
  const placed = placePayload(table, shape);
  const values: unknown[] = [];
  const addParameter = (value: unknown) => `$${values.push(value)}`;
  const column = quoteIdentifier(table.columns.id);
  const compared = comparedAs(shape.columns.get(table.columns.id)!);
  // The list is sent as one JSON text: clients send arrays in different ways, but JSON in the same way.
  const list = addParameter(JSON.stringify(ids.filter(compared.fits)));
  const wanted = `SELECT value${compared.cast} FROM jsonb_array_elements_text(${list}::jsonb)`;
  const left = compared.cast === '' ? `${column}::text` : column;
  return {
    text: [
      `SELECT ${column}::text AS id, ${quoteIdentifier(table.columns.text)}::text AS text,`,
      `${payloadExpression(placed.payload) ?? 'NULL'}::text AS payload`,
      `FROM ${quoteTable(table)}`,
      `WHERE ${[`${left} IN (${wanted})`, ...restrictions(restriction, placed, addParameter)].join(' AND ')}`,
    ].join('\n'),
    values,
  };
}

/** Rows → documents in the order of the ids. @throws RetrievalError `source-failed` when a row has no id */
export function documentsInOrder(
  ids: readonly string[],
  rows: readonly SearchRow[],
  origin: string,
): readonly Document[] {
  const found = new Map(rows.map((row) => documentOf(row, origin)).map((one) => [one.id, one]));
  return ids.flatMap((id) => found.get(id) ?? []);
}

interface Comparison {
  readonly cast: string;
  readonly fits: (id: string) => boolean;
}

function comparedAs(type: string): Comparison {
  if (['int2', 'int4', 'int8'].includes(type)) {
    return { cast: '::int8', fits: (id) => /^-?\d{1,18}$/.test(id) };
  }
  if (type === 'uuid') {
    return { cast: '::uuid', fits: (id) => /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/.test(id) };
  }
  // PostgreSQL's text cannot hold NUL.
  return { cast: '', fits: (id) => !id.includes('\0') && id.isWellFormed() };
}
