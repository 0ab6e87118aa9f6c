import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  type PgvectorPool,
  type PgvectorSourceOptions,
  pgvectorReader,
  pgvectorSource,
} from '@secondpass/adapter-pgvector';
import type { Degradation, Filter } from '@secondpass/core';
import { fusedSource } from '@secondpass/core/sources';
import pg from 'pg';
import { describeEngine } from '../engines.ts';
import { startPgvector } from '../services/pgvector.ts';
import { createTestSchema, type TestSchema } from '../services/test-schema.ts';

const engine = await startPgvector();
const query = { text: 'any', vector: Float32Array.of(1, 0, 0) };
const rows = 5000;

describeEngine('pgvector', engine, ({ url, stop }) => {
  let schema: TestSchema;
  let table: string;

  beforeAll(async () => {
    schema = await createTestSchema(url);
    table = schema.nextTable();
    await schema.pool.query(`
      CREATE TABLE ${table} (id int PRIMARY KEY, text text, embedding vector(3), title_embedding vector(3),
        author text, year int, tenant text, extra jsonb);
      INSERT INTO ${table} SELECT n, 'Passage ' || n,
        ARRAY[hashint4(n) / 2e9, hashint4(n + 100000) / 2e9, hashint4(n + 200000) / 2e9]::vector(3),
        ARRAY[hashint4(n + 300000) / 2e9, hashint4(n + 400000) / 2e9, hashint4(n + 500000) / 2e9]::vector(3),
        'author ' || n % 500, 1990 + n % 30, 'tenant ' || n % 50, jsonb_build_object('n', n)
      FROM generate_series(1, ${rows}) AS n;
      CREATE INDEX ${table.split('.')[1]}_cast ON ${table} USING hnsw ((embedding::halfvec(3)) halfvec_cosine_ops);
      CREATE INDEX ${table.split('.')[1]}_tenant ON ${table} (tenant);
      CREATE INDEX ${table.split('.')[1]}_author ON ${table} (author);
      ANALYZE ${table};
    `);
  });

  afterAll(async () => {
    await schema.drop();
    await stop();
  });

  const open = (options: Partial<PgvectorSourceOptions> = {}) =>
    pgvectorSource({ client: schema.pool, table, ...options });

  /** How often an index was used, as the server counts it once the transactions are over. */
  async function scans(index: string): Promise<number> {
    await sleep(100);
    await schema.pool.query('SELECT pg_stat_clear_snapshot(), pg_stat_force_next_flush()');
    const { rows } = await schema.pool.query(
      'SELECT idx_scan::int AS count FROM pg_stat_user_indexes WHERE schemaname = $1 AND indexrelname = $2',
      [schema.name, `${table.split('.')[1]}_${index}`],
    );
    return rows[0].count;
  }

  /** The server tells what a connection did when that connection is idle for a second, or ends. */
  async function searchedAlone(options: Partial<PgvectorSourceOptions>, request: object) {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const found = await open({ client, ...options }).search({ query, depth: 10, ...request });
    await client.end();
    return found;
  }

  test('an index on a cast expression is used, and the vectors are compared as they are cast', async () => {
    const before = await scans('cast');
    const columns = { vector: 'embedding::halfvec(3)', payload: [] };
    const found = await searchedAlone({ columns }, {});
    expect(await scans('cast')).toBe(before + 1);
    const exact = await open({ columns, search: 'exact' }).search({ query, depth: 10 });
    const ids = new Set(exact.map(({ id }) => id));
    // The index may miss one.
    expect(found.filter(({ id }) => ids.has(id)).length).toBeGreaterThanOrEqual(8);
    await searchedAlone({ columns: { payload: [] } }, {});
    expect(await scans('cast')).toBe(before + 1);
    const wrong = open({ columns: { vector: 'embedding::halfvec(4)', payload: [] } });
    await expect(wrong.search({ query, depth: 1 })).rejects.toMatchObject({ code: 'dimension-mismatch' });
  });

  test('a list of columns is the payload, and [] is none', async () => {
    const [listed] = await open({ columns: { payload: ['author', 'extra'] } }).search({ query, depth: 1 });
    expect(listed!.payload).toEqual({
      author: expect.stringMatching(/^author /),
      extra: { n: Number(listed!.id) },
    });
    const [bare] = await open({ columns: { payload: [] } }).search({ query, depth: 1 });
    expect(bare).not.toHaveProperty('payload');
    const missing = open({ columns: { payload: ['writer'] } }).search({ query, depth: 1 });
    await expect(missing).rejects.toMatchObject({
      code: 'source-not-found',
      message: expect.stringMatching(/"writer".*author, year/),
    });
    const reader = pgvectorReader({ client: schema.pool, table, columns: { payload: ['year'] } });
    for await (const [first] of reader.read({ batchSize: 1 })) {
      expect(first).toMatchObject({ id: '1', payload: { year: 1991 } });
      break;
    }
  });

  test('a column that is there and cannot be what it is named for is an error, and no empty answer', async () => {
    const ask = (payload: string | string[], filter?: Filter) =>
      open({ columns: { payload } }).search({ query, depth: 1, ...(filter && { filter }) });
    const unlisted = ask(['author'], { and: [{ field: 'year', gte: 1990 }] });
    await expect(unlisted).rejects.toMatchObject({
      code: 'invalid-filter',
      message: expect.stringMatching(/"year".*columns\.payload does not list/),
    });
    expect(await ask(['author'], { field: 'nowhere', eq: 1 })).toEqual([]);
    await expect(ask('year')).rejects.toMatchObject({
      code: 'invalid-options',
      message: expect.stringMatching(/"year".*int4.*\["year"\]/),
    });
    await expect(ask('author')).rejects.toMatchObject({
      code: 'invalid-options',
      message: expect.stringMatching(/give a list of columns/),
    });
  });

  test('a filter and a tenant on a column are served by the index on it', async () => {
    const before = [await scans('author'), await scans('tenant')];
    const columns = { payload: null };
    const filter = { field: 'author', in: ['author 7', 'author 8'] };
    expect(await searchedAlone({ columns, search: 'exact' }, { filter, depth: 100 })).toHaveLength(20);
    const owned = await searchedAlone(
      { columns, search: 'exact', tenantField: 'tenant' },
      { tenant: 'tenant 3', depth: 1000, filter: { native: { sql: 'true' } } },
    );
    expect(owned).toHaveLength(rows / 50);
    expect(owned.every(({ payload }) => payload!['tenant'] === 'tenant 3')).toBe(true);
    expect(await scans('author')).toBeGreaterThan(before[0]!);
    expect(await scans('tenant')).toBeGreaterThan(before[1]!);
    const none = open({ columns, tenantField: 'customer' }).search({ query, depth: 1, tenant: 'a' });
    await expect(none).rejects.toMatchObject({ code: 'source-not-found' });
  });

  test('several vector columns are a source each, and fused', async () => {
    const columns = { payload: ['year'] };
    const bodies = open({ name: 'bodies', columns });
    const titles = open({ name: 'titles', columns: { ...columns, vector: 'title_embedding' } });
    const [body, title] = [
      await bodies.search({ query, depth: 5 }),
      await titles.search({ query, depth: 5 }),
    ];
    expect(body[0]!.id).not.toBe(title[0]!.id);
    const both = await fusedSource({ sources: [bodies, titles] }).search({ query, depth: 10 });
    expect(both.map(({ id }) => id)).toEqual(expect.arrayContaining([body[0]!.id, title[0]!.id]));
  });

  test('a rare value in a foreign table is asked for once, unless the caller wants all', async () => {
    const statements: string[] = [];
    const counted = (options: Partial<PgvectorSourceOptions>) => {
      const { pool } = schema;
      const connect = async () => {
        const connection = await pool.connect();
        return {
          query: (statement: string, values?: unknown[]) => {
            const { text } = statement as unknown as { text?: string };
            statements.push(text ?? statement);
            return connection.query(statement, values);
          },
          release: (destroy?: boolean) => connection.release(destroy),
        };
      };
      const client = { idleCount: 0, connect, query: (text: string) => pool.query(text) };
      return open({ client: client as unknown as PgvectorPool, ...options });
    };
    const searches = () => statements.filter((text) => text.includes('ORDER BY')).length;
    const columns = { payload: ['author'], vector: 'embedding::halfvec(3)' };
    const filter = { field: 'author', eq: 'author 7' };
    const told: Degradation[] = [];
    const request = { query, depth: 100, filter, onDegraded: (one: Degradation) => void told.push(one) };
    const accepting = await counted({ columns }).search(request);
    expect(searches()).toBe(1);
    expect(told).toEqual([
      { stage: 'search', reason: expect.stringContaining(`found ${accepting.length} of 100 candidates`) },
    ]);
    expect(await counted({ columns, whenShort: 'exact' }).search(request)).toHaveLength(10);
    expect(searches()).toBe(3);
    expect(told).toHaveLength(1);
  });
});
