import { quoteIdentifier, quoteLiteral } from './pgvector-sql.ts';
import type { TableShape } from './pgvector-table.ts';
import { digestColumn, lexemesColumn, tenantColumn } from './pgvector-table.ts';
import type { PgvectorTable } from './resolve-table.ts';

/**
 * Where the payload's fields are stored: in one column of JSON; or each in its own column, here with the column's
 * type.
 */
export type PayloadPlace = string | ReadonlyMap<string, string>;

/** What a statement needs to know about its table. */
export type PlacedTable = Pick<
  PgvectorTable,
  'name' | 'schema' | 'relation' | 'columns' | 'vectorCast' | 'tenantField'
> & {
  readonly payload: PayloadPlace;
  /** The column that divides the table by tenant. @default none: it is one table, or one of another program */
  readonly tenantColumn?: string;
  /** Columns that a list leaves out. @default none */
  readonly unlisted?: ReadonlySet<string>;
  /** Columns of text of which two are equal only if their bytes are. @default none is known */
  readonly exactText?: ReadonlySet<string>;
};

/** Useless as a payload, and large. A list of columns may still name them. */
const leftOut = ['vector', 'halfvec', 'sparsevec', 'tsvector', 'bytea'];

/** A function of PostgreSQL takes at most 100 arguments. */
const mostPairs = 50;

/** The table with the place of its payload, resolved by its columns. */
export function placePayload(given: PgvectorTable, shape: TableShape): PlacedTable {
  const table = { ...given, ...(shape.marker?.partitions && { tenantColumn }) };
  const { id, text, vector, payload } = table.columns;
  const { exactText } = shape;
  if (typeof payload === 'string') return { ...table, payload };
  if (payload !== null) {
    const listed = new Map(payload.map((column) => [column, shape.columns.get(column)!]));
    const unlisted = new Set([...shape.columns.keys()].filter((column) => !listed.has(column)));
    return { ...table, payload: listed, unlisted, exactText };
  }
  const ours = shape.marker ? [digestColumn, lexemesColumn, table.tenantColumn] : [];
  const others = [...shape.columns].filter(
    ([column, type]) => ![id, text, vector, ...ours].includes(column) && !leftOut.includes(type),
  );
  return { ...table, payload: new Map(others), exactText };
}

/** SQL of the whole payload as jsonb, or null if there is none. */
export function payloadExpression(payload: PayloadPlace): string | null {
  if (typeof payload === 'string') return `${quoteIdentifier(payload)}::jsonb`;
  const pairs = [...payload.keys()].map((column) => `${quoteLiteral(column)}, ${quoteIdentifier(column)}`);
  const objects = Array.from({ length: Math.ceil(pairs.length / mostPairs) }, (_, index) => {
    const some = pairs.slice(index * mostPairs, (index + 1) * mostPairs);
    return `jsonb_build_object(${some.join(', ')})`;
  });
  return objects.length === 0 ? null : `(${objects.join(' || ')})`;
}

export interface PayloadField {
  /** SQL of a jsonb value. */
  readonly root: string;
  /** Keys from there to the field. */
  readonly path: readonly string[];
  /** The field's own column, if it has one and that column is not JSON. */
  readonly column?: { readonly name: string; readonly type: string };
}

/** Where one field is stored. A column whose name contains dots takes precedence over an object's fields. */
export function payloadField(payload: PayloadPlace, field: string): PayloadField {
  const path = field.split('.');
  if (typeof payload === 'string') return { root: `${quoteIdentifier(payload)}::jsonb`, path };
  for (let length = path.length; length > 0; length -= 1) {
    const name = path.slice(0, length).join('.');
    const type = payload.get(name);
    if (type === undefined) continue;
    const rest = path.slice(length);
    const json = type === 'json' || type === 'jsonb';
    const root = json ? `${quoteIdentifier(name)}::jsonb` : `to_jsonb(${quoteIdentifier(name)})`;
    return { root, path: rest, ...(rest.length === 0 && !json && { column: { name, type } }) };
  }
  return { root: 'NULL::jsonb', path: [] };
}
