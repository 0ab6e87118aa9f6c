import { RetrievalError, type StoredDocument } from '@secondpass/core';
import { checkOwner, stringifyJson } from '@secondpass/core/extend';
import { largestStatement } from './in-statements.ts';
import type { WritableTable } from './own-table.ts';
import { type Statement, vectorProblem } from './pgvector-request.ts';
import { quoteIdentifier, quoteLiteral, quoteTable, vectorText } from './pgvector-sql.ts';
import { tenantColumn } from './pgvector-table.ts';
import type { PgvectorTable } from './resolve-table.ts';
import { longestTenant } from './tenant-condition.ts';

export interface StoredAs {
  readonly vectorType: 'vector' | 'halfvec';
  /** Whether the table is divided by tenant. */
  readonly isDivided: boolean;
}

/** PostgreSQL's b-tree accepts no key above 2,704 bytes. */
const longestId = 2600;

/**
 * The statements that store these documents in one transaction, none larger than 8 MB unless a single document is.
 * They lock rows in the order of the ids, so that two writers cannot deadlock.
 *
 * @throws RetrievalError `invalid-document`, naming the id
 */
export function upsertStatements(
  documents: readonly StoredDocument[],
  table: WritableTable,
  stored: Partial<StoredAs> = {},
): readonly Statement[] {
  const sorted = documents.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const statement = upsertStatement(sorted, table, { vectorType: 'vector', isDivided: false, ...stored });
  if (sorted.length === 1 || sizeOf(statement) <= largestStatement) return [statement];
  const middle = Math.ceil(sorted.length / 2);
  return [sorted.slice(0, middle), sorted.slice(middle)].flatMap((half) =>
    upsertStatements(half, table, stored),
  );
}

function sizeOf({ values }: Statement): number {
  return [values].flat(2).reduce<number>((sum, value) => sum + String(value ?? '').length, 0);
}

/**
 * One statement for any number of documents: a parameter is a whole column, because a statement takes 65,535
 * parameters at most.
 *
 * @throws RetrievalError `invalid-document`, naming the id
 */
function upsertStatement(
  documents: readonly StoredDocument[],
  table: WritableTable,
  { vectorType, isDivided }: StoredAs,
): Statement {
  for (const document of documents) checkOwner(document, table, longestTenant);
  const { id, text, vector, payload } = table.columns;
  const columns: { name: string; type: string; values: (string | null)[] | string }[] = [
    { name: id, type: 'text', values: documents.map((document) => checkedId(document, table)) },
    { name: text, type: 'text', values: documents.map((document) => document.text) },
    { name: 'digest', type: 'text', values: documents.map(({ digest }) => digest) },
    {
      name: vector,
      type: vectorType,
      // One string, because pg escapes every element of a list, and vectors are most of the data.
      values: documents.map((document) => checkedVector(document, table, vectorType)).join(';'),
    },
  ];
  if (payload !== null) {
    columns.push({
      name: payload,
      type: 'jsonb',
      values: documents.map((document) => payloadJson(document, table)),
    });
  } else {
    const holder = documents.find((document) => document.payload !== undefined);
    if (holder)
      refuse(holder, table, 'has a payload, but the table has no column for it', 'Set columns.payload.');
  }
  const names = columns.map(({ name }) => quoteIdentifier(name));
  const relation = quoteTable(table);
  const owner = isDivided ? [tenantOf(`c${columns.length - 1}`, table)] : [];
  return {
    text: [
      // A document that changes its tenant changes its partition.
      ...(isDivided
        ? [
            `WITH moved AS (DELETE FROM ${relation} AS old USING unnest($1::text[], $${columns.length}::text[]) AS batch (id, payload)`,
            `WHERE old.${names[0]} = batch.id AND old.${tenantColumn} <> ${tenantOf('batch.payload', table)})`,
          ]
        : []),
      `INSERT INTO ${relation} (${[...names, ...owner.map(() => tenantColumn)].join(', ')})`,
      `SELECT ${[...columns.map(({ type }, index) => `c${index}::${type}`), ...owner].join(', ')}`,
      `FROM unnest(${columns.map(({ values }, index) => listExpression(values, index + 1)).join(', ')})`,
      `AS batch (${columns.map((_, index) => `c${index}`).join(', ')})`,
      `ON CONFLICT (${[names[0], ...owner.map(() => tenantColumn)].join(', ')}) DO UPDATE SET`,
      names
        .slice(1)
        .map((name) => `${name} = excluded.${name}`)
        .join(', '),
    ].join('\n'),
    values: columns.map(({ values }) => values),
  };
}

/** SQL of the tenant in a payload, as text. */
function tenantOf(payload: string, { tenantField = '' }: PgvectorTable): string {
  return `(${payload}::jsonb #>> ARRAY[${tenantField.split('.').map(quoteLiteral).join(', ')}])`;
}

function listExpression(values: unknown, place: number): string {
  return typeof values === 'string' ? `string_to_array($${place}, ';')` : `$${place}::text[]`;
}

function checkedId(document: StoredDocument, table: PgvectorTable): string {
  if (Buffer.byteLength(document.id) > longestId) {
    refuse(
      document,
      table,
      `has an id of more than ${longestId} bytes`,
      'Use a shorter id, such as a hash of this one.',
    );
  }
  return document.id;
}

function checkedVector(document: StoredDocument, table: PgvectorTable, vectorType: string): string {
  const problem = vectorProblem(document.vector, table.metric, vectorType);
  if (problem !== undefined) refuse(document, table, `has a vector that ${problem}`, 'Embed it again.');
  return vectorText(document.vector);
}

/** An escape that JSON.stringify writes for NUL or for a lone surrogate, and that jsonb refuses. */
const unstorable = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/i;

function payloadJson(document: StoredDocument, table: PgvectorTable): string | null {
  if (document.payload === undefined) return null;
  let json: string;
  try {
    json = stringifyJson(document.payload);
  } catch (cause) {
    return refuse(document, table, 'has a payload that JSON cannot carry', 'Use JSON values only.', cause);
  }
  if (unstorable.test(json)) {
    refuse(
      document,
      table,
      'has a payload with a NUL or a lone surrogate',
      'Remove it; jsonb cannot store it.',
    );
  }
  return json;
}

function refuse(
  { id }: StoredDocument,
  { name }: PgvectorTable,
  problem: string,
  nextStep: string,
  cause?: unknown,
): never {
  throw new RetrievalError({
    code: 'invalid-document',
    origin: name,
    problem: `The document ${JSON.stringify(id).slice(0, 100)} ${problem}.`,
    nextStep,
    cause,
  });
}
