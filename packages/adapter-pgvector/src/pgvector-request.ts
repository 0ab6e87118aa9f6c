import { RetrievalError } from '@secondpass/core';
import { type PlacedTable, payloadExpression } from './payload-place.ts';
import { type Restriction, restrictions } from './pgvector-conditions.ts';
import { bits } from './pgvector-index.ts';
import type { PgvectorMetric, PgvectorSourceOptions } from './pgvector-options.ts';
import { metrics, quoteIdentifier, quoteLiteral, quoteTable, vectorText } from './pgvector-sql.ts';

export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

export interface SearchPlan extends Restriction {
  readonly table: PlacedTable;
  readonly metric: PgvectorMetric;
  /** The type of the column or of its cast, `vector` or `halfvec`: the index works for no other type. */
  readonly vectorType: string;
  readonly vector: Float32Array;
  readonly depth: number;
  /** Where the index is one of bits: how many candidates it gives, to be compared by their vectors. */
  readonly byBits?: number | undefined;
  /** How many candidates the index gives, to be put into exact order: for scans whose order is approximate. */
  readonly wider?: number | undefined;
  /** Whether each row states the table that it comes from. A view cannot. */
  readonly withTable?: boolean;
}

/**
 * The one statement of a search. Rows come with `id`, `text`, `payload` and `distance`.
 *
 * It orders by distance alone: with the id as a second key PostgreSQL would no longer use an HNSW index.
 * All columns are selected as text, so that type parsers that the caller set on the client have no effect.
 */
export function searchStatement({
  table,
  metric,
  vectorType,
  vector,
  depth,
  byBits,
  wider,
  withTable,
  ...restriction
}: SearchPlan): Statement {
  const values: unknown[] = [];
  const addParameter = (value: unknown) => `$${values.push(value)}`;
  const { id, text, vector: vectorColumn } = table.columns;
  const column = quoteIdentifier(vectorColumn);
  const { vectorCast } = table;
  const compared = vectorCast ? `(${column}::${vectorCast.type}(${vectorCast.dimensions}))` : column;
  const queryVector = `${addParameter(vectorText(vector))}::${vectorType}`;
  const distance = `${compared} ${metrics[metric].operator} ${queryVector}`;
  const conditions = [`${column} IS NOT NULL`, ...restrictions(restriction, table, addParameter)];
  const where = `WHERE ${conditions.join(' AND ')}`;
  const first = byBits ?? wider;
  const rows = first
    ? [
        // A row keeps its name and its columns, so that what is selected below reads the same from it.
        `FROM (SELECT *${withTable ? ', tableoid' : ''} FROM ${quoteTable(table)}`,
        where,
        `ORDER BY ${byBits ? `${bits(compared, vector.length)} <~> ${bits(queryVector, vector.length)}` : distance}`,
        `LIMIT ${addParameter(first)}) AS ${quoteIdentifier(table.relation)}`,
      ]
    : [`FROM ${quoteTable(table)}`, where];
  return {
    text: [
      `SELECT ${quoteIdentifier(id)}::text AS id, ${quoteIdentifier(text)}::text AS text,`,
      `${payloadExpression(table.payload) ?? 'NULL'}::text AS payload, (${distance})::text AS distance${withTable ? `, ${identityOf(table)} AS table` : ''}`,
      ...rows,
      `ORDER BY ${distance}`,
      `LIMIT ${addParameter(depth)}`,
    ].join('\n'),
    values,
  };
}

/** SQL of the table's identity in each row. A row of a partition would name its partition. */
export function identityOf(table: PlacedTable): string {
  if (table.tenantColumn !== undefined) return `${quoteLiteral(quoteTable(table))}::regclass::oid::text`;
  return `${quoteIdentifier(table.relation)}.tableoid::text`;
}

export interface ScanSettings
  extends Required<
    Pick<PgvectorSourceOptions, 'search' | 'probes' | 'iterativeScan' | 'statementTimeoutMs'>
  > {
  readonly depth: number;
  readonly filtered: boolean;
  readonly efSearch: number | undefined;
  readonly maxScanTuples: number | undefined;
}

/** Settings of the transaction that a search runs in. Their text contains only numbers and fixed words. */
export function searchSettings(settings: ScanSettings): readonly string[] {
  const { search, depth, filtered, iterativeScan, maxScanTuples, probes } = settings;
  const timeout = `SET LOCAL statement_timeout = ${settings.statementTimeoutMs}`;
  if (search === 'exact') return [timeout, ...exactScan];
  if (search === 'ivfflat') {
    return [
      timeout,
      `SET LOCAL ivfflat.probes = ${probes}`,
      ...(iterativeScan === 'off' ? [] : ['SET LOCAL ivfflat.iterative_scan = relaxed_order']),
    ];
  }
  const { efSearch = Math.min(1000, Math.max(40, depth)) } = settings;
  // Set only if it helps: pgvector before 0.8 does not know the setting.
  const iterative = iterativeScan !== 'off' && (filtered || depth > efSearch);
  return [
    timeout,
    `SET LOCAL hnsw.ef_search = ${efSearch}`,
    ...(iterative ? [`SET LOCAL hnsw.iterative_scan = ${iterativeScan}_order`] : []),
    ...(iterative && maxScanTuples !== undefined
      ? [`SET LOCAL hnsw.max_scan_tuples = ${maxScanTuples}`]
      : []),
  ];
}

/** HNSW and IVFFlat support plain index scans only; indexes on filtered columns can still be used by bitmap scans. */
export const exactScan: readonly string[] = ['SET LOCAL enable_indexscan = off'];

/** @throws RetrievalError `invalid-query` unless the vector can be compared by this metric */
export function checkQueryVector(
  vector: Float32Array | undefined,
  metric: PgvectorMetric,
  origin: string,
  vectorType = 'vector',
): asserts vector is Float32Array {
  const problem = vector === undefined ? 'is missing' : vectorProblem(vector, metric, vectorType);
  if (problem === undefined) return;
  throw new RetrievalError({
    code: 'invalid-query',
    origin,
    problem: `The query vector ${problem}.`,
    nextStep: 'Pass the vector that an Embedder made of the text; TwoStageRetriever does so.',
  });
}

/** A larger half-precision number is infinite, and a smaller one is zero. */
const largestHalf = 65_504;
const smallestHalf = 2 ** -24;

/** @returns what is wrong with the numbers of a vector, or undefined */
export function vectorProblem(
  vector: Float32Array,
  metric: PgvectorMetric,
  vectorType = 'vector',
): string | undefined {
  if (vector.length === 0) return 'is empty';
  const [least, most] = vectorType === 'halfvec' ? [smallestHalf, largestHalf] : [0, Number.MAX_VALUE];
  const index = vector.findIndex((value) => !(Math.abs(value) <= most));
  if (index >= 0) return `has ${vector[index]} at position ${index}`;
  if (metric === 'cosine' && vector.every((value) => value === 0 || Math.abs(value) < least)) {
    return 'is all zeros and has no direction';
  }
  return undefined;
}
