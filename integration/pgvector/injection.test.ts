import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  pgvectorReader,
  pgvectorSource,
  pgvectorTextSource,
  pgvectorWriter,
} from '@secondpass/adapter-pgvector';
import type { Filter, StoredDocument } from '@secondpass/core';
import { describeEngine } from '../engines.ts';
import { startPgvector } from '../services/pgvector.ts';
import { createTestSchema, type TestSchema } from '../services/test-schema.ts';

const engine = await startPgvector();
const vector = Float32Array.of(1, 0, 0);
/** Ends every name here, because a table of a user may be called as simply as they are without it. */
const ours = randomUUID().slice(0, 8);

describeEngine('pgvector', engine, ({ url, stop }) => {
  let schema: TestSchema;
  let victim: string;

  beforeAll(async () => {
    schema = await createTestSchema(url);
    victim = schema.nextTable();
    await schema.pool.query(`CREATE TABLE ${victim} AS SELECT generate_series(1, 7) AS n`);
  });

  afterAll(async () => {
    await schema.drop();
    await stop();
  });

  const attacks = () => [
    `x"; DROP TABLE ${victim}; --`,
    `x'; DROP TABLE ${victim}; --`,
    `\\'; DROP TABLE ${victim}; --`,
    `x') OR (1=1); DELETE FROM ${victim}; --`,
    `$1; TRUNCATE ${victim}`,
    `$$; DROP TABLE ${victim}; $$`,
    `/* */ ; DROP TABLE ${victim}`,
    `E'\\''; DROP TABLE ${victim}; --`,
    `x\u0000; DROP TABLE ${victim}`,
    `x${'"'.repeat(5)}; DROP TABLE ${victim}`,
  ];
  /** Names are cut short by PostgreSQL; these leave room for a whole statement. */
  const names = [
    `x"; DROP TABLE victim_${ours}; --`,
    `x'; DROP TABLE victim_${ours}; --`,
    '$1',
    "E'\\''",
    'a"".b"',
    '--',
    '/*',
  ];

  test.each(names)('table, columns, tenant field and name: %s', async (name) => {
    const table = `${name.replaceAll('.', '_')} ${ours}`;
    const columns = {
      id: `${table} id`,
      text: `${table} text`,
      vector: `${table} vec`,
      payload: `${table} pay`,
    };
    // Through a connection whose search_path is the test's own schema: these names have none.
    const client = await schema.pool.connect();
    try {
      await client.query(`SET search_path = ${schema.name}, public`);
      await client.query(`CREATE TABLE IF NOT EXISTS ${schema.name}.victim_${ours} (n int)`);
      const shared = { client, table, columns, tenantField: table, name };
      const writer = pgvectorWriter({ ...shared, textSearch: {} });
      await writer.prepare({ dimensions: 3 });
      const document = { id: name, text: `Copper ${name}`, vector, payload: { [table]: name }, digest: name };
      await writer.write([document]);
      await writer.finish();
      const request = { query: { text: `copper ${name}`, vector }, depth: 3, tenant: name };
      for (const source of [pgvectorSource(shared), pgvectorTextSource(shared)]) {
        const filter = { field: table, eq: name };
        expect((await source.search({ ...request, filter })).map(({ id }) => id)).toEqual([name]);
        expect(await source.search({ ...request, tenant: `${name}x` })).toEqual([]);
      }
      const read: StoredDocument[] = [];
      for await (const batch of pgvectorReader(shared).read()) read.push(...batch);
      expect(read).toEqual([document]);
      expect(await writer.delete([name])).toBe(1);
      expect((await client.query(`SELECT count(*)::int FROM ${schema.name}.victim_${ours}`)).rows).toEqual([
        { count: 0 },
      ]);
    } finally {
      await client.query('RESET search_path');
      client.release();
    }
  });

  test('ids, texts, payloads, filters, tenants and queries are data', async () => {
    const table = schema.nextTable();
    const shared = { client: schema.pool, table, tenantField: 'owner' };
    const writer = pgvectorWriter({ ...shared, textSearch: {} });
    await writer.prepare({ dimensions: 3 });
    const texts = attacks().filter((text) => !text.includes('\0'));
    await writer.write(
      texts.map((text) => ({ id: text, text, vector, payload: { owner: 'a', [text]: text }, digest: text })),
    );
    await writer.finish();
    for (const source of [pgvectorSource({ ...shared, search: 'exact' }), pgvectorTextSource(shared)]) {
      for (const attack of attacks()) {
        const filters: Filter[] = [
          { field: attack, eq: attack },
          { field: attack, in: [attack], gte: attack },
          { not: { field: attack, ne: attack } },
          { native: { sql: attack } },
          { native: { sql: `payload ->> $1 = $2`, params: [attack, attack] } },
          { native: attack },
        ];
        for (const filter of filters) {
          for (const tenant of ['a', attack]) {
            const search = source.search({ query: { text: attack, vector }, depth: 20, filter, tenant });
            const found = await search.catch((error) => {
              expect(error).toMatchObject({ origin: source.name });
              return [];
            });
            expect(found.length).toBeLessThanOrEqual(tenant === 'a' ? texts.length : 0);
          }
        }
      }
    }
    expect([...(await writer.storedDigests(texts)).keys()].sort()).toEqual(texts.toSorted());
    expect(await writer.count()).toBe(texts.length);
    expect((await schema.pool.query(`SELECT count(*)::int FROM ${victim}`)).rows).toEqual([{ count: 7 }]);
  });
});
