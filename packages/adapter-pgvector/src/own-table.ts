import { RetrievalError } from '@secondpass/core';
import { checkQuantize } from '@secondpass/core/extend';
import { createExtension } from './pgvector-extension.ts';
import { nameNextTo } from './pgvector-index.ts';
import { quoteIdentifier, quoteTable, regconfig } from './pgvector-sql.ts';
import {
  checkDimensions,
  checkTenantField,
  digestColumn,
  lexemesColumn,
  markTable,
  type TableMarker,
  type TableShape,
  tenantColumn,
} from './pgvector-table.ts';
import type { PgvectorTable } from './resolve-table.ts';
import { tenantExpression } from './tenant-condition.ts';
import type { RunStatement } from './transaction-options.ts';

/** The layout of a table that the writer creates. */
export interface TableLayout {
  readonly dimensions: number;
  readonly vectorType: 'vector' | 'halfvec';
  /** What the vector index holds in place of vectors; undefined for vectors. */
  readonly quantize: 'binary' | undefined;
  /** How many partitions by tenant; undefined for one table. */
  readonly partitions: number | undefined;
  /** Text search configuration; undefined for a table that is not searched by text. */
  readonly language: string | undefined;
}

/**
 * A table that the writer can create: its payload is one column or none, and its vectors are compared without a cast.
 */
export interface WritableTable extends PgvectorTable {
  readonly columns: PgvectorTable['columns'] & { readonly payload: string | null };
}

/** @throws RetrievalError `invalid-options` if the options are only for searching a table of another program */
export function writableTable(table: PgvectorTable): WritableTable {
  const { columns, tenantField, vectorCast } = table;
  const { payload, lexemes = lexemesColumn } = columns;
  if (vectorCast !== undefined)
    refuseForeign(table, 'columns.vector has a cast, which is for searching only.');
  if (lexemes !== lexemesColumn)
    refuseForeign(table, 'columns.lexemes names a column, which is for searching only.');
  if (payload !== null && typeof payload !== 'string')
    return refuseForeign(table, 'columns.payload is a list, which is for searching only.');
  if (payload === null && tenantField !== undefined)
    refuseForeign(table, 'columns.payload is null, and tenantField needs a payload column.');
  return { ...table, columns: { ...columns, payload } };
}

/** Creates the table and marks its first filling as unfinished. */
export async function createTable(
  run: RunStatement,
  table: WritableTable,
  layout: TableLayout,
): Promise<void> {
  await createExtension(run, table.name);
  const { id, text, payload, vector } = table.columns;
  const definitions = [
    `${quoteIdentifier(id)} text NOT NULL`,
    `${quoteIdentifier(text)} text NOT NULL`,
    ...(payload === null ? [] : [`${quoteIdentifier(payload)} jsonb`]),
    `${digestColumn} text NOT NULL`,
    `${quoteIdentifier(vector)} ${layout.vectorType}(${layout.dimensions}) NOT NULL`,
    ...(layout.language === undefined ? [] : [lexemesDefinition(table, layout.language)]),
    ...(layout.partitions ? tenantDefinition(table) : [`PRIMARY KEY (${quoteIdentifier(id)})`]),
  ];
  const divided = layout.partitions ? ` PARTITION BY HASH (${tenantColumn})` : '';
  await run({ text: `CREATE TABLE ${quoteTable(table)} (${definitions.join(', ')})${divided}` });
  for (let number = 0; number < (layout.partitions ?? 0); number += 1) {
    const partition = nameNextTo(table, `part_${number}`);
    await run({
      text: `CREATE TABLE ${partition} PARTITION OF ${quoteTable(table)} FOR VALUES WITH (MODULUS ${layout.partitions}, REMAINDER ${number})`,
    });
  }
  const { tenantField, metric } = table;
  const marker: TableMarker = {
    dimensions: layout.dimensions,
    metric,
    whole: false,
    ...(tenantField !== undefined && { tenantField }),
    ...(layout.quantize && { quantize: layout.quantize }),
    ...(layout.partitions && { partitions: layout.partitions }),
    ...(layout.language !== undefined && { language: layout.language }),
  };
  await run({ text: markTable(table, marker) });
}

/**
 * Takes over an existing table, and adds lexemes if they are requested and missing.
 *
 * @throws RetrievalError `invalid-options` or `dimension-mismatch` when it is not ours or was created with other
 * options
 */
export async function adoptTable(
  run: RunStatement,
  table: WritableTable,
  layout: TableLayout,
  { columns: present, marker }: TableShape,
): Promise<void> {
  const { id, text, payload, vector } = table.columns;
  const missing = [id, text, vector, payload, digestColumn].filter(
    (column) => column !== null && !present.has(column),
  );
  if (marker === undefined) return refuseUnmarked(table);
  if (missing.length > 0)
    return refuseForeign(table, `The table ${table.table} has no column "${missing[0]}".`);
  checkDimensions(layout.dimensions, marker.dimensions, table);
  const differing = [
    ['metric', table.metric, marker.metric],
    ['vectorType', layout.vectorType, present.get(vector)],
    ['partitions', layout.partitions ?? 'none', marker.partitions ?? 'none'],
    ['textSearch.language', layout.language ?? marker.language, marker.language ?? layout.language],
  ].find(([, asked, there]) => asked !== there);
  if (differing) {
    const [key, asked, there] = differing;
    refuseForeign(table, `${key} is "${asked}" and ${table.table} was created for "${there}".`);
  }
  checkQuantize(layout.quantize, { name: table.name, place: table.table, quantize: marker.quantize });
  checkTenantField(marker, table);
  if (layout.language === undefined || marker.language !== undefined) return;
  await run({
    text: `ALTER TABLE ${quoteTable(table)} ADD COLUMN ${lexemesDefinition(table, layout.language)}`,
  });
  await run({ text: markTable(table, { ...marker, language: layout.language }) });
}

export function refuseForeign({ name }: PgvectorTable, problem: string): never {
  const nextStep = 'Name another table to fill; it is created for you.';
  throw new RetrievalError({ code: 'invalid-options', origin: name, problem, nextStep });
}

/** The error for a table of another program, which is only searched. */
export function refuseUnmarked({ name, table }: PgvectorTable): never {
  throw new RetrievalError({
    code: 'invalid-options',
    origin: name,
    problem: `The table ${table} was not created by secondpass, so it is searched and never written.`,
    nextStep:
      'Search it as it is, without indexing. To index documents, name a table that does not exist yet; it is created for you.',
  });
}

/** The tenant is in the key, because PostgreSQL keeps a key unique within a partition only. */
function tenantDefinition({ columns: { id, payload }, tenantField }: WritableTable): readonly string[] {
  const field = tenantExpression({ payload: String(payload), tenantField: String(tenantField) });
  return [
    `${tenantColumn} text NOT NULL CHECK (to_jsonb(${tenantColumn}) = ${field})`,
    `PRIMARY KEY (${quoteIdentifier(id)}, ${tenantColumn})`,
  ];
}

/** PostgreSQL updates the column itself, so that the lexemes always fit the text. */
function lexemesDefinition({ columns }: PgvectorTable, language: string): string {
  const lexemes = `to_tsvector(${regconfig(language)}, ${quoteIdentifier(columns.text)})`;
  return `${lexemesColumn} tsvector GENERATED ALWAYS AS (${lexemes}) STORED`;
}
