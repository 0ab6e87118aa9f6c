import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pgvectorSource, pgvectorWriter } from '@secondpass/adapter-pgvector';
import { type Embedder, indexDocuments } from '@secondpass/core';
import pg from 'pg';
import { describeEngine } from '../engines.ts';
import { startPgvector } from '../services/pgvector.ts';
import { createTestSchema, type TestSchema } from '../services/test-schema.ts';
import { randomDocuments } from './random-documents.ts';

const engine = await startPgvector();
const documents = randomDocuments(400, 8);
const query = { text: 'any', vector: documents[0]!.vector };
const unreachable = { code: 'source-unreachable', cause: expect.anything() };
const embedder: Embedder = {
  name: 'by heart',
  dimensions: 8,
  embed: async ({ texts }) =>
    texts.map((text) => documents.find((document) => document.text === text)!.vector),
};

describeEngine('pgvector', engine, ({ url, stop, power }) => {
  let schema: TestSchema;
  const withPower = power ? test : test.skip;

  beforeAll(async () => {
    schema = await createTestSchema(url, { connectionTimeoutMillis: 5000 });
  });

  afterAll(async () => {
    await schema.drop();
    await stop();
  });

  withPower(
    'a server that dies in the middle is source-unreachable, and is used again when it is back',
    async () => {
      const table = schema.nextTable();
      const options = { client: schema.pool, table };
      const source = pgvectorSource(options);
      const plain = documents.map(({ id, text, payload }) => ({ id, text, payload: payload! }));
      const request = { documents: plain, embedder, writer: pgvectorWriter(options), batchSize: 50 };

      let dying: Promise<void> | undefined;
      const onProgress = ({ done }: { done: number }) => {
        if (done >= 150) dying ??= power!.off();
      };
      await expect(indexDocuments({ ...request, onProgress })).rejects.toMatchObject(unreachable);
      await dying;
      await expect(source.search({ query, depth: 1 })).rejects.toMatchObject(unreachable);

      await power!.on();
      await expect(source.search({ query, depth: 1 })).rejects.toMatchObject({ code: 'source-incomplete' });
      const resumed = await indexDocuments(request);
      expect(resumed.done).toBe(400);
      expect(resumed.unchanged).toBeGreaterThanOrEqual(150);
      expect(resumed.unchanged % 50).toBe(0);
      expect(await source.search({ query, depth: 400 })).toHaveLength(400);

      const slow = { native: { sql: 'pg_sleep(0.05) IS NOT NULL' } };
      const searches = Promise.allSettled(
        Array.from({ length: 5 }, () => source.search({ query, depth: 400, filter: slow })),
      );
      await new Promise((resolve) => setTimeout(resolve, 300));
      await power!.off();
      for (const outcome of await searches)
        expect(outcome).toMatchObject({ status: 'rejected', reason: unreachable });
      await power!.on();
      expect(await source.search({ query, depth: 400 })).toHaveLength(400);
    },
  );

  test('a connection that the server closes is source-unreachable', async () => {
    const table = schema.nextTable();
    const writer = pgvectorWriter({ client: schema.pool, table });
    await writer.prepare({ dimensions: 8 });
    await writer.write(documents);
    await writer.finish();
    const source = pgvectorSource({ client: schema.pool, table });
    const slow = { native: { sql: 'pg_sleep(0.05) IS NOT NULL' } };
    const search = source.search({ query, depth: 400, filter: slow });
    const settled = search.catch((error: unknown) => error);
    // On a busy machine the search may not have begun to sleep, or be between two rows.
    let ended = 0;
    for (let tries = 0; ended === 0 && tries < 250; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      const { rowCount } = await schema.pool.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND pid <> pg_backend_pid()",
      );
      ended = rowCount ?? 0;
    }
    expect(ended).toBe(1);
    expect(await settled).toMatchObject(unreachable);
    expect(await source.search({ query, depth: 1 })).toHaveLength(1);
  });

  test('a single client that the server closes stays unreachable, and says no more than that', async () => {
    const table = schema.nextTable();
    const writer = pgvectorWriter({ client: schema.pool, table });
    await writer.prepare({ dimensions: 8 });
    await writer.write(documents);
    await writer.finish();
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const source = pgvectorSource({ client, table });
    const filter = { native: { sql: 'pg_terminate_backend(pg_backend_pid())' } };
    await expect(source.search({ query, depth: 1, filter })).rejects.toMatchObject(unreachable);
    client.on('error', () => {});
    await expect(source.search({ query, depth: 1 })).rejects.toMatchObject(unreachable);
  });

  test('wrong password, database, host and port say which', async () => {
    const tell = async (change: Partial<URL>) => {
      const address = Object.assign(new URL(url), change);
      const client = new pg.Pool({ connectionString: address.href, connectionTimeoutMillis: 2000 });
      const search = pgvectorSource({ client, table: 'nowhere' }).search({ query, depth: 1 });
      const error = await search.catch((reason: unknown) => reason);
      await client.end();
      expect(JSON.stringify(error) + String(error)).not.toContain(address.password);
      return error;
    };
    expect(await tell({ password: 'not-the-password' })).toMatchObject({
      ...unreachable,
      nextStep: expect.stringContaining('password'),
    });
    expect(await tell({ pathname: '/nowhere' })).toMatchObject({
      code: 'source-not-found',
      message: expect.stringContaining('nowhere'),
    });
    expect(await tell({ port: '1' })).toMatchObject(unreachable);
    expect(await tell({ hostname: 'no-such-host.invalid' })).toMatchObject(unreachable);
  });

  test('a database without the extension gets it when it may, and says so when it may not', async () => {
    const name = `test_${randomUUID().replaceAll('-', '')}`;
    await schema.pool.query(`CREATE DATABASE ${name}`);
    await schema.pool.query(`CREATE ROLE ${name} LOGIN PASSWORD 'plain'`);
    const owner = new pg.Pool({ connectionString: Object.assign(new URL(url), { pathname: name }).href });
    await owner.query(`GRANT CREATE ON SCHEMA public TO ${name}`);
    const plain = Object.assign(new URL(url), { pathname: name, username: name, password: 'plain' });
    const user = new pg.Pool({ connectionString: plain.href });
    for (const pool of [owner, user]) pool.on('error', () => {});
    try {
      const refused = pgvectorWriter({ client: user, table: `${name}_1` }).prepare({ dimensions: 3 });
      await expect(refused).rejects.toMatchObject({
        code: 'source-not-found',
        message: expect.stringContaining('vector'),
      });
      await pgvectorWriter({ client: owner, table: `${name}_1` }).prepare({ dimensions: 3 });
      await pgvectorWriter({ client: user, table: `${name}_2` }).prepare({ dimensions: 3 });
    } finally {
      await Promise.all([owner.end(), user.end()]);
      await schema.pool.query(`DROP DATABASE ${name} WITH (FORCE)`);
      await schema.pool.query(`DROP ROLE ${name}`);
    }
  });

  test('two processes that fill one table at once end with one whole table', async () => {
    const table = schema.nextTable();
    const fill = async () => {
      const writer = pgvectorWriter({ client: schema.pool, table });
      await writer.prepare({ dimensions: 8 });
      for (let start = 0; start < 400; start += 40)
        await writer.write(documents.slice(start, start + 40).toReversed());
      await writer.finish();
    };
    await Promise.all([fill(), fill(), fill()]);
    const source = pgvectorSource({ client: schema.pool, table });
    expect(await source.search({ query, depth: 500 })).toHaveLength(400);
    const { rows } = await schema.pool.query(
      "SELECT count(*)::int FROM pg_indexes WHERE schemaname || '.' || tablename = $1",
      [table],
    );
    expect(rows).toEqual([{ count: 2 }]);
  });
});
