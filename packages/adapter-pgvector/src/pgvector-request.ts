import { type Filter, RetrievalError } from '@secondpass/core';
import { filterExpression } from './pgvector-filter.ts';
import type { PgvectorMetric, PgvectorTable } from './pgvector-options.ts';
import { metrics, quoteIdentifier, quoteTable, vectorText } from './pgvector-sql.ts';

export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

export interface SearchPlan {
  readonly table: Pick<PgvectorTable, 'name' | 'schema' | 'relation' | 'columns'>;
  readonly metric: PgvectorMetric;
  /** The column's type, `vector` or `halfvec`: the index serves no other. */
  readonly vectorType: string;
  readonly vector: Float32Array;
  readonly depth: number;
  readonly filter?: Filter | undefined;
  /** Whether each row tells which table it comes from. A view cannot. */
  readonly withTable?: boolean;
}

/**
 * The one statement of a search. Rows come with `id`, `text`, `payload` and `distance`.
 *
 * It orders by distance alone: with the id as a second key PostgreSQL would no longer use an HNSW index.
 * Everything leaves as text, so that type parsers which the caller gave to the client change nothing.
 */
export function searchStatement({
  table,
  metric,
  vectorType,
  vector,
  depth,
  filter,
  withTable,
}: SearchPlan): Statement {
  const values: unknown[] = [];
  const addParameter = (value: unknown) => `$${values.push(value)}`;
  const { id, text, vector: vectorColumn, payload } = table.columns;
  const column = quoteIdentifier(vectorColumn);
  const payloadColumn = payload === null ? null : `${quoteIdentifier(payload)}::jsonb`;
  const distance = `${column} ${metrics[metric].operator} ${addParameter(vectorText(vector))}::${vectorType}`;
  const conditions = [`${column} IS NOT NULL`];
  if (filter !== undefined) {
    conditions.push(
      filterExpression(filter, payloadColumn && `(${payloadColumn})`, addParameter, table.name),
    );
  }
  return {
    text: [
      `SELECT ${quoteIdentifier(id)}::text AS id, ${quoteIdentifier(text)}::text AS text,`,
      `${payloadColumn ?? 'NULL'}::text AS payload, (${distance})::text AS distance${withTable ? ', tableoid::text AS table' : ''}`,
      `FROM ${quoteTable(table)}`,
      `WHERE ${conditions.join(' AND ')}`,
      `ORDER BY ${distance}`,
      `LIMIT ${addParameter(depth)}`,
    ].join('\n'),
    values,
  };
}

export interface ScanSettings {
  readonly search: 'hnsw' | 'exact';
  readonly depth: number;
  readonly filtered: boolean;
  readonly efSearch: number | undefined;
  readonly iterativeScan: 'off' | 'strict' | 'relaxed';
  readonly maxScanTuples: number | undefined;
  readonly statementTimeoutMs: number;
}

/** Settings of the transaction that a search runs in. Only numbers and fixed words get into their text. */
export function searchSettings(settings: ScanSettings): readonly string[] {
  const { depth, efSearch = Math.min(1000, Math.max(40, depth)), maxScanTuples } = settings;
  const timeout = `SET LOCAL statement_timeout = ${settings.statementTimeoutMs}`;
  if (settings.search === 'exact') return [timeout, ...exactScan];
  // Asked for only where it helps: pgvector before 0.8 does not know the setting.
  const iterative = settings.iterativeScan !== 'off' && (settings.filtered || depth > efSearch);
  return [
    timeout,
    `SET LOCAL hnsw.ef_search = ${efSearch}`,
    ...(iterative ? [`SET LOCAL hnsw.iterative_scan = ${settings.iterativeScan}_order`] : []),
    ...(iterative && maxScanTuples !== undefined
      ? [`SET LOCAL hnsw.max_scan_tuples = ${maxScanTuples}`]
      : []),
  ];
}

/** HNSW and IVFFlat answer index scans only; an index on the filtered columns can still serve as a bitmap. */
export const exactScan: readonly string[] = ['SET LOCAL enable_indexscan = off'];

/** @throws RetrievalError `invalid-query` unless the vector can be compared by this metric */
export function checkQueryVector(
  vector: Float32Array | undefined,
  metric: PgvectorMetric,
  origin: string,
): asserts vector is Float32Array {
  const problem = vector === undefined ? 'is missing' : vectorProblem(vector, metric);
  if (problem === undefined) return;
  throw new RetrievalError({
    code: 'invalid-query',
    origin,
    problem: `The query vector ${problem}.`,
    nextStep: 'Pass the vector that an Embedder made of the text; TwoStageRetriever does so.',
  });
}

/** @returns what is wrong with the numbers of a vector, or undefined */
export function vectorProblem(vector: Float32Array, metric: PgvectorMetric): string | undefined {
  if (vector.length === 0) return 'is empty';
  const index = vector.findIndex((value) => !Number.isFinite(value));
  if (index >= 0) return `has ${vector[index]} at position ${index}`;
  if (metric === 'cosine' && vector.every((value) => value === 0)) return 'is all zeros and has no direction';
  return undefined;
}
