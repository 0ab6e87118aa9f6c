import { type CandidateSource, type Payload, RetrievalError } from '@secondpass/core';
import { checkInteger, checkWord } from './check-option.ts';
import { placePayload } from './payload-place.ts';
import type { PgvectorSourceOptions } from './pgvector-options.ts';
import { checkQueryVector, searchSettings, searchStatement } from './pgvector-request.ts';
import { candidatesOf } from './pgvector-response.ts';
import { checkDimensions, type TableMarker } from './pgvector-table.ts';
import { resolveTable } from './resolve-table.ts';
import { searchingSource } from './searching-source.ts';

/**
 * Searches one table by vector. Works on a table that `pgvectorWriter` filled and on one that was there before.
 *
 * An index is approximate in which rows it finds. Where it finds fewer than `depth`, `whenShort` says what to do: in a
 * table that `pgvectorWriter` filled the answer is checked by an exact scan before it is given.
 *
 * @typeParam P the payload's fields, which are taken as they stand in the database
 * @throws RetrievalError `invalid-options`
 *
 * @example
 * import { pgvectorSource, pgvectorWriter } from '@secondpass/adapter-pgvector';
 * import pg from 'pg';
 * const client = new pg.Pool({ connectionString: process.env['DATABASE_URL'] });
 * const writer = pgvectorWriter({ client, table: 'articles' });
 * await writer.prepare({ dimensions: 2 });
 * const vector = Float32Array.of(1, 0);
 * await writer.write([{ id: '1', text: 'Yeast.', vector, digest: 'a', payload: { year: 1929 } }]);
 * await writer.finish();
 * const source = pgvectorSource<{ year: number }>({ client, table: 'articles' });
 * const [found] = await source.search({ query: { text: 'bread', vector }, depth: 10 });
 * found?.payload?.year; // → 1929
 * await client.end();
 */
export function pgvectorSource<P extends object = Payload>(
  options: PgvectorSourceOptions,
): CandidateSource<P> {
  const table = resolveTable(options);
  const { name, metric, columns } = table;
  const {
    search = 'hnsw',
    iterativeScan = 'strict',
    statementTimeoutMs = 10_000,
    preparedStatements = true,
    probes = 20,
    efSearch,
    maxScanTuples,
    whenShort,
  } = options;
  if (whenShort !== undefined) checkWord(name, 'whenShort', whenShort, ['exact', 'accept']);
  checkWord(name, 'search', search, ['hnsw', 'ivfflat', 'exact']);
  checkWord(name, 'iterativeScan', iterativeScan, ['off', 'strict', 'relaxed']);
  checkInteger(name, 'efSearch', efSearch, 1, 1000);
  checkInteger(name, 'probes', probes, 1, 32_768);
  checkInteger(name, 'maxScanTuples', maxScanTuples, 1, 2_147_483_647);
  checkInteger(name, 'statementTimeoutMs', statementTimeoutMs, 1, 2_147_483_647);
  const scan = { iterativeScan, probes, statementTimeoutMs, efSearch, maxScanTuples } as const;
  const settings = (depth: number, filtered: boolean, how = search) =>
    searchSettings({ ...scan, search: how, depth, filtered });

  return searchingSource(table, {
    input: 'vector',
    similarity: metric === 'cosine' ? metric : undefined,
    needs: ['id', 'text', 'vector', 'payload'],
    preparedStatements,
    statementTimeoutMs,
    whenShort,
    exactSettings: search === 'exact' ? undefined : settings(1, true, 'exact'),
    checkQuery: ({ vector }) => checkQueryVector(vector, metric, name),
    settings: ({ depth, filter }) => settings(depth, filter !== undefined || table.tenantField !== undefined),
    statement({ query: { vector }, depth, filter, tenant }, shape) {
      const { columns: present, dimensions, marker } = shape;
      const vectorType = table.vectorCast?.type ?? present.get(columns.vector)!;
      checkQueryVector(vector, metric, name, vectorType);
      checkDimensions(vector.length, dimensions, table);
      if (marker && search !== 'exact') checkIndex(marker);
      const withTable = marker !== undefined;
      const placed = placePayload(table, shape);
      return searchStatement({
        table: placed,
        metric,
        vectorType,
        vector,
        depth,
        filter,
        tenant,
        withTable,
      });
    },
    candidates: (rows) => candidatesOf(rows, metric, name),
  });

  /** Another index than the one that was built would be no index, or one that looks into too little. */
  function checkIndex(marker: TableMarker): void {
    const refuse = (key: string, asked: string, built: string): never => {
      throw new RetrievalError({
        code: 'invalid-options',
        origin: name,
        problem: `${key} is "${asked}" and ${table.table} was indexed for "${built}".`,
        nextStep: 'Use the same, or search: "exact".',
      });
    };
    if (marker.metric !== metric) refuse('metric', metric, marker.metric);
    if (marker.index !== undefined && marker.index !== search) refuse('search', search, marker.index);
  }
}
