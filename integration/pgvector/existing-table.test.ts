import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type PgvectorSourceOptions, pgvectorSource, pgvectorWriter } from '@secondpass/adapter-pgvector';
import { describeEngine } from '../engines.ts';
import { startPgvector } from '../services/pgvector.ts';
import { createTestSchema, type TestSchema } from '../services/test-schema.ts';

const engine = await startPgvector();
const query = { text: 'any', vector: Float32Array.of(1, 0, 0) };

describeEngine('pgvector', engine, ({ url, stop }) => {
  let schema: TestSchema;
  let table: string;
  const columns = { id: 'Article No', text: 'body "raw"', vector: 'vec', payload: 'meta' };

  beforeAll(async () => {
    schema = await createTestSchema(url);
    table = schema.nextTable();
    await schema.pool.query(`
      CREATE TABLE ${table} ("Article No" bigint PRIMARY KEY, "body ""raw""" varchar(200), vec vector(3), meta json, half halfvec(3));
      INSERT INTO ${table} VALUES
        (1, 'First.', '[1,0,0]', '{"lang": "en", "year": 2020}', '[1,0,0]'),
        (2, 'Second.', '[0.9,0.1,0]', '{"lang": "de", "year": 2021}', '[0.9,0.1,0]'),
        (3, 'Third.', '[0,1,0]', NULL, '[0,1,0]'),
        (4, 'Zero.', '[0,0,0]', '[]', '[0,0,0]'),
        (5, 'Not embedded yet.', NULL, NULL, NULL);
      CREATE INDEX ON ${table} USING hnsw (vec vector_cosine_ops);
      CREATE VIEW ${table}_view AS SELECT * FROM ${table} WHERE meta IS NOT NULL;
    `);
  });

  afterAll(async () => {
    await schema.drop();
    await stop();
  });

  const search = (options: Partial<PgvectorSourceOptions>, request = {}) =>
    pgvectorSource({ client: schema.pool, table, columns, ...options }).search({
      query,
      depth: 10,
      ...request,
    });

  test.each(['hnsw', 'exact'] as const)('is searched with its own columns and types: %s', async (mode) => {
    const candidates = await search({ search: mode });
    expect(candidates.map(({ id, text }) => [id, text])).toEqual([
      ['1', 'First.'],
      ['2', 'Second.'],
      ['3', 'Third.'],
    ]);
    expect(candidates[0]?.payload).toEqual({ lang: 'en', year: 2020 });
    expect(candidates[2]).not.toHaveProperty('payload');
  });

  test('is filtered through a json column', async () => {
    const candidates = await search({}, { filter: { field: 'year', gt: 2020 } });
    expect(candidates.map(({ id }) => id)).toEqual(['2']);
  });

  test('may have no payload, and then no portable filter', async () => {
    const options = { columns: { ...columns, payload: [] } };
    expect((await search(options))[0]).not.toHaveProperty('payload');
    await expect(search(options, { filter: { field: 'a', eq: 1 } })).rejects.toMatchObject({
      code: 'invalid-filter',
    });
    const native = { filter: { native: { sql: '"Article No" > $1', params: [1] } } };
    expect((await search(options, native)).map(({ id }) => id)).toEqual(['2', '3']);
  });

  test('may keep half-precision vectors, and may be a view', async () => {
    const half = await search({ columns: { ...columns, vector: 'half' } });
    expect(half.map(({ id }) => id)).toEqual(['1', '2', '3']);
    const view = await search({ table: `${table}_view` });
    expect(view.map(({ id }) => id)).toEqual(['1', '2']);
  });

  test('a row without text does not fail those next to it', async () => {
    for (const text of [null, '', ' \n']) {
      await schema.pool.query(`UPDATE ${table} SET "body ""raw""" = $1 WHERE "Article No" = 2`, [text]);
      const candidates = await search({});
      expect(candidates.filter((candidate) => candidate.text.trim() === '').map(({ id }) => id)).toEqual([
        '2',
      ]);
      expect(candidates).toHaveLength(3);
    }
    await schema.pool.query(`UPDATE ${table} SET "body ""raw""" = 'Second.' WHERE "Article No" = 2`);
    expect(await search({})).toHaveLength(3);
  });

  test('a column that is missing or of another type is named', async () => {
    const missing = search({ columns: { ...columns, text: 'content' } });
    await expect(missing).rejects.toMatchObject({
      code: 'source-not-found',
      message: expect.stringContaining('"content"'),
    });
    const wrong = search({ columns: { ...columns, vector: 'meta' } });
    await expect(wrong).rejects.toMatchObject({
      code: 'invalid-options',
      message: expect.stringContaining('json'),
    });
  });

  test('is not written to', async () => {
    const writer = pgvectorWriter({ client: schema.pool, table, columns });
    await expect(writer.prepare({ dimensions: 3 })).rejects.toMatchObject({ code: 'invalid-options' });
    await expect(writer.finish()).rejects.toMatchObject({ code: 'invalid-options' });
    expect((await schema.pool.query(`SELECT count(*)::int FROM ${table}`)).rows).toEqual([{ count: 5 }]);
  });

  test('hostile names are names', async () => {
    // In the test's own schema, and what it would drop has a name that no table of a user has.
    const name = `x"; DROP TABLE y_${randomUUID().slice(0, 8)}; --`;
    const hostile = `${schema.name}.${name}`;
    await expect(search({ table: hostile })).rejects.toMatchObject({ code: 'source-not-found' });
    const writer = pgvectorWriter({
      client: schema.pool,
      table: hostile,
      columns: { id: "i'd", payload: '$1' },
    });
    try {
      await writer.prepare({ dimensions: 3 });
      await writer.write([{ id: "'; --", text: 'x', vector: query.vector, payload: { a: 1 }, digest: "d'" }]);
      await writer.finish();
      expect(await writer.count()).toBe(1);
      expect(await writer.storedDigests(["'; --"])).toEqual(new Map([["'; --", "d'"]]));
    } finally {
      await schema.pool.query(`DROP TABLE ${schema.name}."${name.replaceAll('"', '""')}"`);
    }
  });

  test('a table that is dropped and half-filled again is noticed', async () => {
    const own = schema.nextTable();
    const writer = pgvectorWriter({ client: schema.pool, table: own });
    const document = { id: 'a', text: 'A.', vector: query.vector, digest: 'd' };
    await writer.prepare({ dimensions: 3 });
    await writer.write([document]);
    await writer.finish();
    const source = pgvectorSource({ client: schema.pool, table: own });
    expect(await source.search({ query, depth: 1 })).toHaveLength(1);
    await schema.pool.query(`DROP TABLE ${own}`);
    await writer.prepare({ dimensions: 3 });
    await writer.write([document]);
    await expect(source.search({ query, depth: 1 })).rejects.toMatchObject({ code: 'source-incomplete' });
  });
});
