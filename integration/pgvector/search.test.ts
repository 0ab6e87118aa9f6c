import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type PgvectorMetric, pgvectorSource, pgvectorWriter } from '@secondpass/adapter-pgvector';
import { describeEngine } from '../engines.ts';
import { startPgvector } from '../services/pgvector.ts';
import { createTestSchema, type TestSchema } from '../services/test-schema.ts';
import { randomDocuments } from './random-documents.ts';

const engine = await startPgvector();
const count = 5000;
const dimensions = 32;
const documents = randomDocuments(count, dimensions);
const queries = randomDocuments(count + 20, dimensions)
  .slice(count)
  .map(({ text, vector }) => ({ text, vector }));

describeEngine('pgvector', engine, ({ url, stop }) => {
  let schema: TestSchema;
  const tables = new Map<PgvectorMetric, string>();

  beforeAll(async () => {
    schema = await createTestSchema(url, { max: 1 });
    for (const metric of ['cosine', 'inner-product', 'l2'] as const) {
      const table = schema.nextTable();
      const writer = pgvectorWriter({ client: schema.pool, table, metric });
      await writer.prepare({ dimensions });
      for (let start = 0; start < count; start += 1000)
        await writer.write(documents.slice(start, start + 1000));
      await writer.finish();
      tables.set(metric, table);
    }
  });

  afterAll(async () => {
    await schema.drop();
    await stop();
  });

  const open = (metric: PgvectorMetric, options: Partial<Parameters<typeof pgvectorSource>[0]> = {}) =>
    pgvectorSource({ client: schema.pool, table: tables.get(metric)!, metric, ...options });

  describe.each([
    ['cosine', (a: Float32Array, b: Float32Array) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))],
    ['inner-product', dot],
    ['l2', (a: Float32Array, b: Float32Array) => -Math.hypot(...a.map((value, index) => value - b[index]!))],
  ] as const)('%s', (metric, score) => {
    test('exact search gives the order and the scores of brute force', async () => {
      for (const query of queries.slice(0, 5)) {
        const expected = documents
          .map(({ id, vector }) => ({ id, score: score(query.vector, vector) }))
          .sort((a, b) => b.score - a.score)
          .slice(0, 50);
        const candidates = await open(metric, { search: 'exact' }).search({ query, depth: 50 });
        expect(candidates.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
        for (const [index, candidate] of candidates.entries()) {
          expect(Math.abs(candidate.score - expected[index]!.score)).toBeLessThan(1e-5 * dimensions);
        }
      }
    });

    test('HNSW finds nearly all of them, by way of the index', async () => {
      const scans = async () => {
        // A connection keeps its counts to itself for some seconds; this pool has one, and here it is told to share.
        await schema.pool.query('SELECT pg_stat_force_next_flush()');
        const { rows } = await schema.pool.query(
          "SELECT idx_scan::int AS scans FROM pg_stat_user_indexes WHERE indexrelname ~ 'hnsw' AND relid = to_regclass($1)",
          [tables.get(metric)],
        );
        return Number(rows[0].scans);
      };
      const before = await scans();
      let found = 0;
      for (const query of queries) {
        const exact = await open(metric, { search: 'exact' }).search({ query, depth: 100 });
        const approximate = await open(metric).search({ query, depth: 100 });
        expect(approximate).toHaveLength(100);
        const ids = new Set(approximate.map(({ id }) => id));
        found += exact.filter(({ id }) => ids.has(id)).length;
      }
      expect(found / (queries.length * 100)).toBeGreaterThan(0.97);
      expect((await scans()) - before).toBeGreaterThanOrEqual(queries.length);
    });
  });

  test('a selective filter is not under-filled, whatever the iterative scan', async () => {
    const filter = { field: 'rare', eq: true };
    for (const iterativeScan of ['off', 'strict', 'relaxed'] as const) {
      for (const options of [{}, { maxScanTuples: 50 }, { efSearch: 1 }]) {
        const source = open('cosine', { iterativeScan, ...options });
        const candidates = await source.search({ query: queries[0]!, depth: 50, filter });
        expect(candidates).toHaveLength(count / 500);
        const scores = candidates.map(({ score }) => score);
        expect(scores).toEqual(scores.toSorted((a, b) => b - a));
      }
    }
  });

  test('a filter that half of the rows pass is answered in full and in order', async () => {
    const filter = { field: 'parity', eq: 'odd' };
    for (const iterativeScan of ['strict', 'relaxed'] as const) {
      const candidates = await open('cosine', { iterativeScan }).search({
        query: queries[1]!,
        depth: 200,
        filter,
      });
      expect(candidates).toHaveLength(200);
      expect(candidates.every(({ payload }) => payload?.['parity'] === 'odd')).toBe(true);
      const scores = candidates.map(({ score }) => score);
      expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    }
  });

  test('a depth beyond what ef_search can hold is answered in full', async () => {
    expect(await open('cosine').search({ query: queries[2]!, depth: 3000 })).toHaveLength(3000);
    expect(await open('cosine').search({ query: queries[2]!, depth: 6000 })).toHaveLength(count);
  });

  test("a search leaves the connection's settings as they were", async () => {
    const single = await createTestSchema(url, { max: 1 });
    const source = pgvectorSource({ client: single.pool, table: tables.get('cosine')!, efSearch: 77 });
    await source.search({ query: queries[0]!, depth: 5 });
    const { rows } = await single.pool.query(
      "SELECT current_setting('hnsw.ef_search') AS ef, current_setting('statement_timeout') AS timeout, current_setting('enable_indexscan') AS scan",
    );
    expect(rows).toEqual([{ ef: '40', timeout: '0', scan: 'on' }]);
    await single.drop();
  });

  test('another metric than that of the index is refused, unless searched exactly', async () => {
    const options = { client: schema.pool, table: tables.get('cosine')!, metric: 'l2' } as const;
    await expect(pgvectorSource(options).search({ query: queries[0]!, depth: 1 })).rejects.toMatchObject({
      code: 'invalid-options',
    });
    const exact = pgvectorSource({ ...options, search: 'exact' });
    expect(await exact.search({ query: queries[0]!, depth: 1 })).toHaveLength(1);
    await expect(pgvectorWriter(options).prepare({ dimensions })).rejects.toMatchObject({
      code: 'invalid-options',
    });
  });

  test('a native filter runs in the engine, and cannot write', async () => {
    const source = open('cosine');
    const ask = (sql: string, params?: unknown[]) =>
      source.search({
        query: queries[0]!,
        depth: 10,
        filter: { native: { sql, ...(params && { params }) } },
      });
    const some = await ask("(payload->>'number')::int BETWEEN $1 AND $2", [10, 12]);
    expect(some.map(({ payload }) => payload?.['number']).sort()).toEqual([10, 11, 12]);
    await expect(ask("nextval('nowhere') > 0")).rejects.toMatchObject({ code: 'source-not-found' });
    await expect(ask(`id = 1; DROP TABLE ${schema.nextTable()}`)).rejects.toMatchObject({
      code: 'invalid-filter',
    });
  });
});

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, index) => sum + value * b[index]!, 0);
}
