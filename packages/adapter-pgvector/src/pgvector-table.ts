import { RetrievalError } from '@secondpass/core';
import { holds } from './pgvector-names.ts';
import type { PgvectorMetric } from './pgvector-options.ts';
import { quoteLiteral, quoteTable } from './pgvector-sql.ts';
import type { PgvectorTable } from './resolve-table.ts';
import type { RunStatement } from './transaction-options.ts';

/**
 * The writer's notes about its own table. They are stored as the table's comment: that needs no second table, changes
 * in the same transaction as the data, and stays with the table when it is renamed, dumped or dropped.
 */
export interface TableMarker {
  readonly dimensions: number;
  readonly metric: PgvectorMetric;
  /** False from `prepare` until the first `finish`: a half-filled index would answer as if it were complete. */
  readonly whole: boolean;
  /** The payload field that holds every document's tenant; absent without tenants. */
  readonly tenantField?: string;
  /** Kind of the vector index that was built last. */
  readonly index?: 'hnsw' | 'ivfflat';
  /** `binary` where the vector index is one of bits. */
  readonly quantize?: 'binary';
  /** How many partitions hold the rows, divided by tenant; absent for a table without. */
  readonly partitions?: number;
  /** Text search configuration that made the lexemes; absent without lexemes. */
  readonly language?: string;
}

export interface TableShape {
  /** Identity of the table; it changes with DROP and CREATE. */
  readonly oid: string;
  /** Column name → type name without modifiers, such as `vector` or `int4`. */
  readonly columns: ReadonlyMap<string, string>;
  /** How many rows the server expects in it; undefined before it has counted, and for a view or a partitioned table. */
  readonly rows: number | undefined;
  /** Columns that an index begins with which finds equal values. */
  readonly indexed: ReadonlySet<string>;
  /** Columns of text of which two are equal only if their bytes are: all but those of a few collations. */
  readonly exactText: ReadonlySet<string>;
  /** Length of the compared vectors; undefined if neither column nor cast fixes it. */
  readonly dimensions: number | undefined;
  /** Undefined for a table that the writer did not create. */
  readonly marker: TableMarker | undefined;
}

/** Columns that only the writer's own tables have. */
export const digestColumn = 'digest';
export const lexemesColumn = 'lexemes';
/** In a table that is divided by tenant: the tenant, because PostgreSQL divides a table with a primary key by columns only. */
export const tenantColumn = 'tenant';

/** Types that PostgreSQL casts to jsonb in no case; text may hold JSON, and so may a domain. */
const neverJson =
  /^(_.*|bool|bytea|date|float[48]|halfvec|int[248]|numeric|time(stamp)?(tz)?|tsvector|uuid|vector)$/;

/** @returns undefined when there is no such table or view */
export async function inspectTable(run: RunStatement, table: PgvectorTable): Promise<TableShape | undefined> {
  const rows = await run({
    text: [
      "SELECT class.oid::text AS oid, obj_description(class.oid, 'pg_class') AS comment,",
      'attribute.attname::text AS column, type.typname::text AS type, attribute.atttypmod AS modifier,',
      "CASE WHEN class.relkind = 'r' THEN class.reltuples END AS rows,",
      '(SELECT collisdeterministic FROM pg_collation WHERE pg_collation.oid = attribute.attcollation)::text AS exact,',
      'EXISTS (SELECT FROM pg_index index JOIN pg_class named ON named.oid = index.indexrelid JOIN pg_am method ON method.oid = named.relam',
      "WHERE index.indrelid = class.oid AND index.indisvalid AND index.indpred IS NULL AND method.amname IN ('btree', 'hash')",
      'AND index.indkey[0] = attribute.attnum)::text AS indexed',
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
  const rowsExpected = Number(first['rows'] ?? -1);
  const columnsThat = (is: string) =>
    new Set(rows.filter((row) => row[is] === 'true').map(({ column }) => String(column)));
  return {
    oid: String(first['oid']),
    rows: rowsExpected > 0 ? rowsExpected : undefined,
    indexed: columnsThat('indexed'),
    exactText: columnsThat('exact'),
    columns: new Map(rows.map(({ column, type }) => [String(column), String(type)])),
    dimensions: table.vectorCast?.dimensions ?? (modifier > 0 ? modifier : undefined),
    marker: parseMarker(first['comment']),
  };
}

/**
 * The shape of a table that can be searched or read: it exists, has the columns, and its first filling is finished.
 *
 * @param needs the columns that will be read
 * @throws RetrievalError `source-not-found`, `source-incomplete` or `invalid-options`
 */
export async function usableShape(
  run: RunStatement,
  table: PgvectorTable,
  needs: readonly (keyof PgvectorTable['columns'])[],
): Promise<TableShape> {
  const refuse = (code: RetrievalError['code'], problem: string, nextStep: string): never => {
    throw new RetrievalError({ code, origin: table.name, problem, nextStep });
  };
  const shape =
    (await inspectTable(run, table)) ??
    refuse(
      'source-not-found',
      `There is no table ${table.table}.`,
      'Index documents first, or name another.',
    );
  for (const key of needs) {
    const column = table.columns[key];
    if (column === null || column === undefined) continue;
    const missing = [column].flat().find((name) => !shape.columns.has(name));
    if (missing === undefined) continue;
    refuse(
      'source-not-found',
      `The table ${table.table} has no column "${missing}"; it has ${[...shape.columns.keys()].join(', ')}.`,
      `Set columns.${key}${key === 'payload' ? ': a list of columns, null for all of them, [] for none' : ''}.`,
    );
  }
  const { payload } = table.columns;
  if (needs.includes('payload') && typeof payload === 'string') {
    const type = shape.columns.get(payload)!;
    if (neverJson.test(type)) {
      refuse(
        'invalid-options',
        `The column "${payload}" of ${table.table} is of type ${type}, and columns.payload names it as one that holds JSON.`,
        `For ordinary columns give a list: columns.payload: ["${payload}"].`,
      );
    }
  }
  if (table.tenantField !== undefined && table.columns.payload === null) {
    if (!holds(shape.columns.keys(), table.tenantField)) {
      refuse(
        'source-not-found',
        `The table ${table.table} has no column for tenantField "${table.tenantField}"; it has ${[...shape.columns.keys()].join(', ')}.`,
        'Set tenantField to one of them.',
      );
    }
  }
  const type = shape.columns.get(table.columns.vector)!;
  if (needs.includes('vector') && type !== 'vector' && type !== 'halfvec') {
    refuse(
      'invalid-options',
      `The column "${table.columns.vector}" of ${table.table} is of type ${type}.`,
      'Set columns.vector to a column of type vector or halfvec.',
    );
  }
  const { marker } = shape;
  if (marker && !marker.whole) {
    refuse(
      'source-incomplete',
      `The first filling of ${table.table} has not finished.`,
      'Run indexing again; it goes on where it stopped.',
    );
  }
  if (marker) checkTenantField(marker, table);
  return shape;
}

/**
 * A table with tenants is never opened without its tenant field, or with another one.
 * @throws RetrievalError `invalid-options`
 */
export function checkTenantField(marker: TableMarker, { name, table, tenantField }: PgvectorTable): void {
  if (marker.tenantField === tenantField) return;
  const describe = (field: string | undefined) => (field === undefined ? 'none' : `"${field}"`);
  throw new RetrievalError({
    code: 'invalid-options',
    origin: name,
    problem: `tenantField is ${describe(tenantField)} and ${table} was filled with ${describe(marker.tenantField)}.`,
    nextStep: 'Use the same, or name another table.',
  });
}

/** @throws RetrievalError `dimension-mismatch` */
export function checkDimensions(
  length: number,
  expected: number | undefined,
  table: Pick<PgvectorTable, 'name' | 'table'>,
): void {
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
