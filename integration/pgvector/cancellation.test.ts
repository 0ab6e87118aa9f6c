import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pgvectorSource, pgvectorWriter } from '@secondpass/adapter-pgvector';
import pg from 'pg';
import { describeEngine } from '../engines.ts';
import { startPgvector } from '../services/pgvector.ts';
import { createTestSchema, type TestSchema } from '../services/test-schema.ts';
import { randomDocuments } from './random-documents.ts';

const engine = await startPgvector();
const documents = randomDocuments(300, 3);
const query = { text: 'any', vector: Float32Array.of(1, 0, 0) };
/** 300 rows at 50 ms each: 15 s when it is left alone. */
const slow = { native: { sql: 'pg_sleep(0.05) IS NOT NULL' } };

describeEngine('pgvector', engine, ({ url, stop }) => {
  let schema: TestSchema;
  let table: string;

  beforeAll(async () => {
    schema = await createTestSchema(url);
    table = schema.nextTable();
    const writer = pgvectorWriter({ client: schema.pool, table });
    await writer.prepare({ dimensions: 3 });
    await writer.write(documents);
    await writer.finish();
  });

  afterAll(async () => {
    await schema.drop();
    await stop();
  });

  async function sleeping(): Promise<number> {
    const { rows } = await schema.pool.query(
      "SELECT count(*)::int AS count FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND pid <> pg_backend_pid()",
    );
    return rows[0].count;
  }

  async function until(condition: () => Promise<boolean>, withinMs: number): Promise<number> {
    const start = performance.now();
    while (!(await condition())) {
      if (performance.now() - start > withinMs) throw new Error(`Not within ${withinMs} ms.`);
      await sleep(20);
    }
    return performance.now() - start;
  }

  describe.each([1, 10])('on a pool of %d', (max) => {
    test("ends the server's work and leaves the pool usable", async () => {
      const pool = new pg.Pool({ connectionString: url, max });
      const source = pgvectorSource({ client: pool, table });
      for (let round = 0; round < 3; round += 1) {
        const controller = new AbortController();
        const reason = new Error('The user left.');
        const searches = [1, 2, 3].map(() =>
          source.search({ query, depth: 10, filter: slow, signal: controller.signal }),
        );
        const settled = Promise.allSettled(searches);
        await until(async () => (await sleeping()) === Math.min(max, 3), 60_000);
        const start = performance.now();
        controller.abort(reason);
        const outcomes = await settled;
        expect(performance.now() - start).toBeLessThan(5000);
        expect(outcomes.every((outcome) => outcome.status === 'rejected' && outcome.reason === reason)).toBe(
          true,
        );
        await until(async () => (await sleeping()) === 0, 60_000);
        expect(await source.search({ query, depth: 10 })).toHaveLength(10);
      }
      expect(pool.totalCount).toBeLessThanOrEqual(max);
      expect(pool.waitingCount).toBe(0);
      await pool.end();
    });

    test('gives up waiting for a connection, and gives the connection back', async () => {
      const pool = new pg.Pool({ connectionString: url, max });
      const taken = await Promise.all(Array.from({ length: max }, () => pool.connect()));
      const source = pgvectorSource({ client: pool, table });
      const reason = new Error('Tired of waiting.');
      const controller = new AbortController();
      const search = source.search({ query, depth: 1, signal: controller.signal });
      setTimeout(() => controller.abort(reason), 30);
      await expect(search).rejects.toBe(reason);
      for (const connection of taken) connection.release();
      expect(await source.search({ query, depth: 1 })).toHaveLength(1);
      await until(async () => pool.idleCount === pool.totalCount, 60_000);
      await pool.end();
    });
  });

  test('on a single client rejects at once; the statement runs out and the client stays whole', async () => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const source = pgvectorSource({ client, table, statementTimeoutMs: 600 });
    const reason = new Error('The user left.');
    const controller = new AbortController();
    const first = source.search({ query, depth: 10, filter: slow, signal: controller.signal });
    const waiting = source.search({ query, depth: 10, filter: slow, signal: controller.signal });
    const settled = Promise.allSettled([first, waiting]);
    await until(async () => (await sleeping()) === 1, 60_000);
    controller.abort(reason);
    expect(await settled).toEqual([
      { status: 'rejected', reason },
      { status: 'rejected', reason },
    ]);
    const start = performance.now();
    expect(await source.search({ query, depth: 10 })).toHaveLength(10);
    expect(performance.now() - start).toBeLessThan(4000);
    await client.end();
  });

  test('a statement above statementTimeoutMs is stopped by the server', async () => {
    const source = pgvectorSource({ client: schema.pool, table, statementTimeoutMs: 200 });
    const start = performance.now();
    const search = source.search({ query, depth: 10, filter: slow });
    await expect(search).rejects.toMatchObject({ code: 'deadline-exceeded', origin: source.name });
    expect(performance.now() - start).toBeLessThan(4000);
    expect(await sleeping()).toBe(0);
  });

  test("a client inside its owner's transaction is left alone", async () => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const source = pgvectorSource({ client, table });
    await client.query('BEGIN');
    await expect(source.search({ query, depth: 1 })).rejects.toMatchObject({ code: 'source-failed' });
    const { rows } = await client.query('SELECT now() = transaction_timestamp() AS open');
    expect(rows).toEqual([{ open: true }]);
    expect(client.getTransactionStatus()).toBe('T');
    await client.query('COMMIT');
    expect(await source.search({ query, depth: 1 })).toHaveLength(1);
    await client.end();
  });

  test('an aborted write is rolled back', async () => {
    const own = schema.nextTable();
    const writer = pgvectorWriter({ client: schema.pool, table: own });
    await writer.prepare({ dimensions: 3 });
    for (const wait of [0, 1, 3, 6, 12]) {
      const controller = new AbortController();
      const write = writer.write(documents, { signal: controller.signal });
      setTimeout(() => controller.abort(), wait);
      const stored = await write.then(
        () => true,
        () => false,
      );
      expect(await writer.count()).toBe(stored ? documents.length : 0);
      await writer.delete(documents.map(({ id }) => id));
    }
  });
});
