import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  type PgvectorSourceOptions,
  type PgvectorWriterOptions,
  pgvectorReader,
  pgvectorSource,
  pgvectorTextSource,
  pgvectorWriter,
} from '@secondpass/adapter-pgvector';
import type { StoredDocument } from '@secondpass/core';
import { describeEngine } from '../engines.ts';
import { startPgvector } from '../services/pgvector.ts';
import { createTestSchema, type TestSchema } from '../services/test-schema.ts';
import { randomDocuments } from './random-documents.ts';

const engine = await startPgvector();
const documents = randomDocuments(3000, 32);
const queries = randomDocuments(3010, 32).slice(3000);

describeEngine('pgvector', engine, ({ url, stop }) => {
  let schema: TestSchema;

  beforeAll(async () => {
    schema = await createTestSchema(url);
  });

  afterAll(async () => {
    await schema.drop();
    await stop();
  });

  async function fill(
    table: string,
    options: Partial<PgvectorWriterOptions> = {},
    content: readonly StoredDocument[] = documents,
  ): Promise<void> {
    const writer = pgvectorWriter({ client: schema.pool, table, ...options });
    await writer.prepare({ dimensions: content[0]!.vector.length });
    await writer.write(content);
    await writer.finish();
  }

  const open = (table: string, options: Partial<PgvectorSourceOptions> = {}) =>
    pgvectorSource({ client: schema.pool, table, ...options });

  async function indexes(table: string): Promise<readonly string[]> {
    const { rows } = await schema.pool.query(
      "SELECT indexdef FROM pg_indexes WHERE schemaname || '.' || tablename = $1",
      [table],
    );
    return rows.map(({ indexdef }) => String(indexdef));
  }

  test.each([
    ['hnsw', 'vector'],
    ['hnsw', 'halfvec'],
    ['ivfflat', 'vector'],
    ['ivfflat', 'halfvec'],
  ] as const)('%s over %s finds nearly all, by way of its index', async (kind, vectorType) => {
    const table = schema.nextTable();
    await fill(table, { index: { kind }, vectorType });
    expect((await indexes(table)).join()).toContain(`USING ${kind} (embedding ${vectorType}_cosine_ops)`);
    let found = 0;
    for (const query of queries) {
      const exact = await open(table, { search: 'exact' }).search({ query, depth: 100 });
      const ids = new Set(
        (await open(table, { search: kind }).search({ query, depth: 100 })).map(({ id }) => id),
      );
      expect(ids.size).toBe(100);
      found += exact.slice(0, 10).filter(({ id }) => ids.has(id)).length;
    }
    expect(found / (queries.length * 10)).toBeGreaterThanOrEqual(0.95);
    const filter = { field: 'rare', eq: true };
    expect(
      await open(table, { search: kind, probes: 1 }).search({ query: queries[0]!, depth: 50, filter }),
    ).toHaveLength(6);
  });

  test.each(['vector', 'halfvec'] as const)(
    'an index of bits over %s finds nearly all, and the vectors say in which order',
    async (vectorType) => {
      const wide = randomDocuments(2000, 256);
      const table = schema.nextTable();
      await fill(table, { quantize: 'binary', vectorType }, wide);
      expect((await indexes(table)).join()).toContain('bit_hamming_ops');
      const source = open(table);
      let found = 0;
      for (const query of randomDocuments(2010, 256).slice(2000)) {
        const exact = await open(table, { search: 'exact' }).search({ query, depth: 20 });
        const hits = await source.search({ query, depth: 10 });
        expect(hits).toHaveLength(10);
        const scores = new Map(exact.map(({ id, score }) => [id, score]));
        for (const { id, score } of hits) expect(score).toBeCloseTo(scores.get(id) ?? score, 5);
        expect(hits.map(({ score }) => score)).toEqual(
          hits.map(({ score }) => score).toSorted((a, b) => b - a),
        );
        const ids = new Set(hits.map(({ id }) => id));
        found += exact.slice(0, 10).filter(({ id }) => ids.has(id)).length;
      }
      expect(found / 100).toBeGreaterThanOrEqual(0.95);
      expect(await open(table, { quantize: 'binary' }).search({ query: wide[0]!, depth: 1 })).toHaveLength(1);
      const [query] = wide;
      const plan = await schema.pool.query(
        `EXPLAIN SELECT id FROM ${table} ORDER BY binary_quantize(embedding)::bit(256) <~> binary_quantize($1::${vectorType})::bit(256) LIMIT 80`,
        [`[${query!.vector.join(',')}]`],
      );
      expect(plan.rows.map((row) => row['QUERY PLAN']).join()).toContain('Index Scan using');
      const filter = { field: 'rare', eq: true };
      expect(await source.search({ query: query!, depth: 50, filter })).toHaveLength(4);
      expect(await open(table, { oversample: 1 }).search({ query: query!, depth: 2000 })).toHaveLength(2000);
      const plain = pgvectorWriter({ client: schema.pool, table, vectorType });
      await expect(plain.prepare({ dimensions: 256 })).rejects.toMatchObject({
        path: ['quantize'],
        problem: expect.stringContaining('created with "binary"'),
      });
    },
  );

  test('a table of vectors is not taken for one of bits, and stays as it is', async () => {
    const table = schema.nextTable();
    await fill(table, {}, documents.slice(0, 200));
    const told = { code: 'invalid-options', path: ['quantize'], problem: expect.stringContaining('binary') };
    const request = { query: queries[0]!, depth: 1 };
    await expect(open(table, { quantize: 'binary' }).search(request)).rejects.toMatchObject(told);
    const writer = pgvectorWriter({ client: schema.pool, table, quantize: 'binary' });
    await expect(writer.prepare({ dimensions: 32 })).rejects.toMatchObject(told);
    expect(await writer.count()).toBe(200);
    expect(await open(table).search(request)).toHaveLength(1);
  });

  test('an index of the other kind takes its place, and must be named to be searched', async () => {
    const table = schema.nextTable();
    await fill(table);
    const request = { query: queries[0]!, depth: 5 };
    await expect(open(table, { search: 'ivfflat' }).search(request)).rejects.toMatchObject({
      code: 'invalid-options',
      problem: expect.stringContaining('"hnsw"'),
    });
    await fill(table, { index: { kind: 'ivfflat', lists: 3 } });
    expect((await indexes(table)).filter((index) => /hnsw|ivfflat/.test(index))).toHaveLength(1);
    await expect(open(table).search(request)).rejects.toMatchObject({ code: 'invalid-options' });
    expect(await open(table, { search: 'ivfflat' }).search(request)).toHaveLength(5);
  });

  test('a number beyond half precision is refused by name, and the type of a table cannot change', async () => {
    const table = schema.nextTable();
    await fill(table, { vectorType: 'halfvec' });
    const writer = pgvectorWriter({ client: schema.pool, table, vectorType: 'halfvec' });
    const large = { ...documents[0]!, vector: new Float32Array(32).fill(70_000) };
    await expect(writer.write([large])).rejects.toMatchObject({ code: 'invalid-document' });
    const other = pgvectorWriter({ client: schema.pool, table });
    await expect(other.prepare({ dimensions: 32 })).rejects.toMatchObject({ code: 'invalid-options' });
  });

  test('lexemes are added to a table that was filled without, and nothing is written again', async () => {
    const table = schema.nextTable();
    await fill(table);
    const text = pgvectorTextSource({ client: schema.pool, table });
    const request = { query: { text: 'what happened in the year 77?' }, depth: 3 };
    await expect(text.search(request)).rejects.toMatchObject({ code: 'invalid-options' });
    await fill(table, { textSearch: {} }, documents.slice(0, 1));
    expect((await text.search(request))[0]?.id).toBe('document 77');
    expect((await indexes(table)).join()).toContain('USING gin (lexemes)');
    const german = pgvectorTextSource({ client: schema.pool, table, language: 'german' });
    await expect(german.search(request)).rejects.toMatchObject({ code: 'invalid-options' });
    const unknown = pgvectorWriter({
      client: schema.pool,
      table: schema.nextTable(),
      textSearch: { language: "x'; --" },
    });
    await expect(unknown.prepare({ dimensions: 3 })).rejects.toMatchObject({ code: 'invalid-options' });
  });

  test('a table filled for tenants is not opened without them, nor by another field', async () => {
    const table = schema.nextTable();
    await fill(table, { tenantField: 'parity' });
    const request = { query: queries[0]!, depth: 5, tenant: 'odd' };
    expect(await open(table, { tenantField: 'parity' }).search(request)).toHaveLength(5);
    for (const options of [{}, { tenantField: 'number' }]) {
      const { tenant: _, ...without } = request;
      const asked = 'tenantField' in options ? request : without;
      await expect(open(table, options).search(asked)).rejects.toMatchObject({ code: 'invalid-options' });
    }
  });

  test('a table that was there before is searched by text, by its own tsvector or by none', async () => {
    const table = schema.nextTable();
    await schema.pool.query(`
      CREATE TABLE ${table} (number int PRIMARY KEY, body varchar, words tsvector, score int, term text);
      INSERT INTO ${table} SELECT n, 'Ships number ' || n, to_tsvector('english', 'Ships number ' || n), n % 3, 'x'
      FROM generate_series(1, 50) AS n;
    `);
    const columns = { id: 'number', text: 'body', payload: null };
    for (const more of [{}, { lexemes: 'words' }]) {
      const source = pgvectorTextSource({ client: schema.pool, table, columns: { ...columns, ...more } });
      const candidates = await source.search({ query: { text: 'Which ship has number 7?' }, depth: 4 });
      expect(candidates.map(({ id }) => id)).toEqual(['7', '1', '10', '11']);
      // Its columns keep their meaning beside what the search brings along.
      const filter = { native: { sql: "score = 1 AND number < 5 AND term = 'x'" } };
      const filtered = await source.search({ query: { text: 'ships' }, depth: 9, filter });
      expect(filtered.map(({ id }) => id)).toEqual(['1', '4']);
    }
  });

  test('a table that was there before is read in the order of its ids, with digests that follow its rows', async () => {
    const table = schema.nextTable();
    await schema.pool.query(`
      CREATE TABLE ${table} (number int, body text, vec halfvec(2), meta jsonb);
      INSERT INTO ${table} SELECT n, 'Row ' || n, ARRAY[n, 0.5]::real[]::halfvec, jsonb_build_object('n', n)
      FROM generate_series(1, 25) AS n;
      INSERT INTO ${table} VALUES (26, 'Not embedded yet.', NULL, NULL);
    `);
    const columns = { id: 'number', text: 'body', vector: 'vec', payload: 'meta' };
    const reader = pgvectorReader({ client: schema.pool, table, columns });
    const read = async () => {
      const all: StoredDocument[] = [];
      for await (const batch of reader.read({ batchSize: 4 })) all.push(...batch);
      return all;
    };
    const first = await read();
    expect(first.map(({ id }) => Number(id))).toEqual(Array.from({ length: 25 }, (_, index) => index + 1));
    expect(first[4]).toMatchObject({ text: 'Row 5', payload: { n: 5 }, vector: Float32Array.of(5, 0.5) });
    expect(await read()).toEqual(first);
    expect([await reader.count(), await reader.dimensions()]).toEqual([25, 2]);
    await schema.pool.query(`UPDATE ${table} SET meta = '{"n": 0}' WHERE number = 5`);
    expect((await read()).filter(({ digest }, index) => digest !== first[index]?.digest)).toHaveLength(1);
    await schema.pool.query(`UPDATE ${table} SET number = 8 WHERE number = 9`);
    await expect(read()).rejects.toMatchObject({
      code: 'source-failed',
      problem: 'Two rows have the id "8".',
    });
    await schema.pool.query(`UPDATE ${table} SET number = NULL WHERE body = 'Row 9'`);
    await expect(read()).rejects.toMatchObject({ code: 'source-failed', problem: 'A row has no id.' });
  });

  test('once the table is known, a search is three statements, the middle one prepared', async () => {
    const table = schema.nextTable();
    await fill(table, {}, documents.slice(0, 200));
    const connection = await schema.pool.connect();
    try {
      const sent: string[] = [];
      const counting = {
        query: (...given: [string]) => {
          sent.push(typeof given[0] === 'string' ? given[0] : 'named');
          return connection.query(...given);
        },
      };
      const source = pgvectorSource({ client: counting as never, table });
      await source.search({ query: queries[0]!, depth: 5 });
      sent.length = 0;
      await source.search({ query: queries[0]!, depth: 5 });
      expect(sent.map((text) => text.split(/[ ;]/)[0])).toEqual(['BEGIN', 'named', 'COMMIT']);
    } finally {
      connection.release();
    }
  });
});
