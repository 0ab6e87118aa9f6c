import { RetrievalError } from '@secondpass/core';
import { clientKind, type PgvectorClient } from './pgvector-client.ts';

/** Which way two vectors are compared. The table's index must be made for the same one. */
export type PgvectorMetric = 'cosine' | 'inner-product' | 'l2';

/** Column names, where they are not the ones that the writer creates. */
export interface PgvectorColumns {
  /** Any type with a text form; unique. @default 'id' */
  readonly id?: string;
  /** The passage. Any type with a text form. @default 'text' */
  readonly text?: string;
  /** Of type `vector` or `halfvec`. @default 'embedding' */
  readonly vector?: string;
  /** Of type `jsonb` or `json`; `null` for a table without one. @default 'payload' */
  readonly payload?: string | null;
}

export interface PgvectorTableOptions {
  readonly client: PgvectorClient;
  /** Table name, optionally with its schema: `articles`, `search.articles`. Case matters. */
  readonly table: string;
  /** @default 'cosine' */
  readonly metric?: PgvectorMetric;
  readonly columns?: PgvectorColumns;
  /** Names source and writer in answers and errors. @default 'pgvector:' and the table */
  readonly name?: string;
}

export interface PgvectorSourceOptions extends PgvectorTableOptions {
  /** `hnsw` asks the index, which may miss a few; `exact` compares with every row. @default 'hnsw' */
  readonly search?: 'hnsw' | 'exact';
  /** Candidates that HNSW keeps while it searches, from 1 to 1,000. @default the larger of 40 and depth, at most 1,000 */
  readonly efSearch?: number;
  /**
   * Whether HNSW goes on when a filter, or a depth above `efSearch`, leaves too few. `off` leaves the server's own
   * setting. Needs pgvector 0.8. @default 'strict'
   */
  readonly iterativeScan?: 'off' | 'strict' | 'relaxed';
  /** Rows after which an iterative scan gives up. @default the server's: 20,000 */
  readonly maxScanTuples?: number;
  /** Time that the server may spend on one statement of a search, in milliseconds. PGlite has no such clock. @default 10_000 */
  readonly statementTimeoutMs?: number;
}

export interface PgvectorWriterOptions extends PgvectorTableOptions {
  /** How `finish` builds the HNSW index; `false` for none, to search with `search: 'exact'`. */
  readonly index?:
    | false
    | {
        /** Links per row, from 2 to 100. @default 16 */
        readonly m?: number;
        /** Candidates kept while building, from 4 to 1,000 and at least 2 × m. @default 64 */
        readonly efConstruction?: number;
      };
}

/** The options that source and writer share, checked and filled in. */
export interface PgvectorTable {
  readonly client: PgvectorClient;
  readonly name: string;
  /** As the caller wrote it, for messages. */
  readonly table: string;
  readonly schema: string | undefined;
  readonly relation: string;
  readonly metric: PgvectorMetric;
  readonly columns: Required<PgvectorColumns>;
}

/** @throws RetrievalError `invalid-options`, naming the key, its value and what was expected */
export function resolveTable(options: PgvectorTableOptions): PgvectorTable {
  const { client, table, metric = 'cosine', name = `pgvector:${table}`, columns = {} } = options;
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
  if (!['cosine', 'inner-product', 'l2'].includes(metric)) {
    refuseOption(name, 'metric', metric, '"cosine", "inner-product" or "l2"');
  }
  const { id = 'id', text = 'text', vector = 'embedding', payload = 'payload' } = columns;
  for (const [key, column] of Object.entries({ id, text, vector, payload })) {
    if (!(isIdentifier(column) || (key === 'payload' && column === null))) {
      refuseOption(name, `columns.${key}`, column, 'a column name of at most 63 bytes');
    }
  }
  const relation = parts.pop()!;
  return {
    client,
    name,
    table,
    schema: parts.pop(),
    relation,
    metric,
    columns: { id, text, vector, payload },
  };
}

/** @throws RetrievalError `invalid-options` unless the value is absent or an integer within the bounds */
export function checkInteger(origin: string, key: string, value: unknown, least: number, most: number): void {
  if (value === undefined || (Number.isInteger(value) && Number(value) >= least && Number(value) <= most))
    return;
  refuseOption(origin, key, value, `an integer from ${least} to ${most.toLocaleString('en')}`);
}

export function refuseOption(origin: string, key: string, value: unknown, expected: string): never {
  throw new RetrievalError({
    code: 'invalid-options',
    origin,
    problem: `${key} is ${(JSON.stringify(value) ?? String(value)).slice(0, 100)}.`,
    nextStep: `Use ${expected}.`,
  });
}

/** PostgreSQL cuts a longer name silently, and two tables could become one. */
function isIdentifier(name: unknown): name is string {
  return (
    typeof name === 'string' &&
    name !== '' &&
    name.isWellFormed() &&
    !name.includes('\0') &&
    Buffer.byteLength(name) <= 63
  );
}
