import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pgvectorReader, pgvectorSource, pgvectorWriter } from '@secondpass/adapter-pgvector';
import type { OpenOptions } from '@secondpass/core/testing';
import pg from 'pg';
import { describeEngine } from '../engines.ts';
import { pgvectorVersion } from '../services/first-answer-of-postgres.ts';
import { startBouncedPostgres } from '../services/pgbouncer.ts';
import { createTestSchema, type TestSchema } from '../services/test-schema.ts';
import { until } from '../until.ts';
import { describeClusterContract } from './cluster-contract.ts';
import { randomDocuments } from './random-documents.ts';

const engine = await startBouncedPostgres();
const documents = randomDocuments(400, 8);
const queries = documents.slice(0, 20).map(({ vector }) => ({ text: 'any', vector }));
/** Each row at 100 ms. */
const slow = { native: { sql: 'pg_sleep(0.1) IS NOT NULL' } };

/** The statement by which the adapter next cancels another one through this pool. */
function nextCancellation(pool: pg.Pool): Promise<{ readonly text: string; readonly values: unknown }> {
  return new Promise((resolve) => {
    pool.on('acquire', (connection) => {
      const { query } = connection;
      connection.query = ((text: unknown, values: unknown) => {
        if (String(text).includes('pg_cancel_backend')) resolve({ text: String(text), values });
        return (query as (...given: unknown[]) => unknown).call(connection, text, values);
      }) as typeof query;
    });
  });
}

describeEngine('pgbouncer', engine, ({ direct, keeping, forgetting, stop }) => {
  let schema: TestSchema;
  let table: string;

  beforeAll(async () => {
    await pgvectorVersion(direct.url);
    schema = await createTestSchema(direct.url);
    table = schema.nextTable();
  });

  afterAll(async () => {
    await schema.drop();
    await stop();
  });

  const poolsOf = (url: string) => [
    new pg.Pool({ connectionString: url, max: 8 }),
    new pg.Pool({ connectionString: url, max: 8, pipeline: true }),
  ];

  const sleeping = async () => {
    const { rows } = await schema.pool.query(
      "SELECT count(*)::int AS count FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND pid <> pg_backend_pid()",
    );
    return rows[0].count as number;
  };

  test('fills a table through PgBouncer, and two at once take turns', async () => {
    const [one, other] = [...poolsOf(keeping.url).slice(0, 1), ...poolsOf(forgetting.url).slice(0, 1)];
    const fill = async (client: pg.Pool) => {
      const writer = pgvectorWriter({ client, table });
      await writer.prepare({ dimensions: 8 });
      for (let start = 0; start < 400; start += 100) await writer.write(documents.slice(start, start + 100));
      await writer.finish();
      return writer.count();
    };
    expect(await Promise.all([fill(one!), fill(other!)])).toEqual([400, 400]);
    await Promise.all([one!.end(), other!.end()]);
  });

  describe.each([
    ['that keeps prepared statements', keeping.url],
    ['that keeps none', forgetting.url],
  ])('PgBouncer %s', (_, url) => {
    test('every search of many callers is whole and its settings stay its own', async () => {
      const exact = pgvectorSource({ client: schema.pool, table, search: 'exact' });
      const idsOf = (found: readonly { readonly id: string }[]) => found.map(({ id }) => id).join(' ');
      const expected = await Promise.all(
        queries.map(async (query) => idsOf(await exact.search({ query, depth: 10 }))),
      );
      for (const client of poolsOf(url)) {
        const source = pgvectorSource({ client, table, efSearch: 400 });
        // Statements are prepared once the table is known.
        await source.search({ query: queries[0]!, depth: 10 });
        const answers = Array.from({ length: 80 }, async (_, index) => {
          const question = index % queries.length;
          return idsOf(await source.search({ query: queries[question]!, depth: 10 })) === expected[question];
        });
        expect((await Promise.all(answers)).filter((right) => right)).toHaveLength(80);
        const { rows } = await client.query(
          "SELECT current_setting('hnsw.ef_search', true) AS ef, current_setting('statement_timeout') AS timeout",
        );
        expect(rows[0].ef ?? '40').toBe('40');
        expect(rows[0].timeout).toBe('0');
        await client.end();
      }
    });

    test('an aborted search ends on the server, and the process is not taken for its next caller', async () => {
      const client = new pg.Pool({ connectionString: url, max: 8, pipeline: true });
      const canceled = nextCancellation(client);
      const source = pgvectorSource({ client, table });
      await source.search({ query: queries[0]!, depth: 10 });
      const controller = new AbortController();
      const { signal } = controller;
      const aborted = source.search({ query: queries[0]!, depth: 400, filter: slow, signal });
      const refused = expect(aborted).rejects.toThrow('The user left.');
      await until(async () => (await sleeping()) > 0);
      controller.abort(new Error('The user left.'));
      await refused;
      // 400 rows at 100 ms would take forty seconds.
      await until(async () => (await sleeping()) === 0);

      // What was sent, for a process that has begun another transaction meanwhile.
      const { text, values } = await canceled;
      expect(values).toEqual([[expect.any(Number)], [expect.stringMatching(/^\d+\.\d+$/)]]);
      const process = await schema.pool.connect();
      const transaction = async () => {
        await process.query('BEGIN');
        const { rows } = await process.query(
          'SELECT pg_backend_pid() AS id, extract(epoch FROM now())::text AS began',
        );
        return rows[0] as { id: number; began: string };
      };
      const former = await transaction();
      await process.query('COMMIT');
      const current = await transaction();
      const cancel = ({ id, began }: typeof former) => schema.pool.query(text, [[id], [began]]);
      expect((await cancel(former)).rows).toEqual([]);
      expect((await cancel(current)).rows).toEqual([{ pg_cancel_backend: true }]);
      await process.query('ROLLBACK');
      process.release();
      await client.end();
    });

    describeClusterContract(
      'pgbouncer-contract',
      () => schema,
      () => {
        const client = new pg.Pool({ connectionString: url, pipeline: true });
        afterAll(() => client.end());
        return {
          client,
          open: async ({ tenantField, timeoutMs }: OpenOptions = {}) => {
            const shared = {
              client,
              table: schema.nextTable(),
              ...(tenantField !== undefined && { tenantField }),
            };
            return {
              source: pgvectorSource({
                ...shared,
                ...(timeoutMs !== undefined && { statementTimeoutMs: timeoutMs }),
              }),
              writer: pgvectorWriter(shared),
              reader: pgvectorReader(shared),
            };
          },
        };
      },
    );
  });
});
