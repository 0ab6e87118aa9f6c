import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { CandidateRequest, CandidateSource, StoredDocument } from '@secondpass/core';
import { type PgvectorSourceOptions, pgvectorSource, pgvectorWriter } from '../src/index.ts';
import { mostToCompare } from '../src/tenant-sizes.ts';

const sizes = { large: 3000, middle: 300, small: 5 } as const;
const documents: StoredDocument[] = Object.entries(sizes).flatMap(([tenant, size]) =>
  Array.from({ length: size }, (_, index) => ({
    id: `${tenant} ${index}`,
    text: 'A passage.',
    vector: Float32Array.of(Math.cos(index), Math.sin(index), Math.sin(index * 7)),
    payload: { tenant },
    digest: 'd',
  })),
);
const query = { text: 'any', vector: Float32Array.of(1, 0.5, 0.2) };
let client: PGlite;

beforeAll(async () => {
  client = await PGlite.create({ extensions: { vector } });
  const writer = pgvectorWriter({ client, table: 'own', tenantField: 'tenant' });
  await writer.prepare({ dimensions: 3 });
  await writer.write(documents);
  await writer.finish();
  await client.exec(`
    CREATE TABLE theirs (id text, text text, tenant text NOT NULL, embedding vector(3), PRIMARY KEY (id, tenant)) PARTITION BY HASH (tenant);
    CREATE TABLE theirs_0 PARTITION OF theirs FOR VALUES WITH (MODULUS 2, REMAINDER 0);
    CREATE TABLE theirs_1 PARTITION OF theirs FOR VALUES WITH (MODULUS 2, REMAINDER 1);
    INSERT INTO theirs SELECT id, text, payload ->> 'tenant', embedding FROM own;
    CREATE INDEX ON theirs (tenant);
    CREATE INDEX ON theirs USING hnsw (embedding vector_cosine_ops);
    CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
    CREATE TABLE loose (id text, text text, tenant text COLLATE loose, embedding vector(3));
    INSERT INTO loose SELECT id, text, tenant, embedding FROM theirs WHERE tenant = 'small';
    INSERT INTO loose SELECT id || ' else', text, 'SMALL', embedding FROM theirs WHERE tenant = 'small';
    CREATE INDEX ON loose (tenant);
    ANALYZE;
  `);
});
afterAll(() => client.close());

const tables: [string, Partial<PgvectorSourceOptions>][] = [
  ['own', {}],
  ['theirs', { columns: { payload: ['tenant'] } }],
];

describe.each(tables)('a search of the table %s', (table, more) => {
  const source = { search: (request: CandidateRequest) => opened().search(request) };
  let known: CandidateSource | undefined;
  const opened = () => (known ??= pgvectorSource({ client, table, tenantField: 'tenant', ...more }));

  test.each(Object.entries(sizes))(
    'finds as many passages of the tenant %s as there are',
    async (tenant, size) => {
      // The second and the third search know the table, and whether the tenant is small.
      for (let turn = 0; turn < 3; turn += 1) {
        const found = await source.search({ query, depth: 50, tenant });
        expect(found.map(({ payload }) => payload!['tenant'])).toEqual(
          Array(Math.min(50, size)).fill(tenant),
        );
      }
    },
  );

  test('compares a small tenant’s passages one by one, and is exact', async () => {
    const exact = pgvectorSource({ client, table, tenantField: 'tenant', search: 'exact', ...more });
    for (const tenant of ['middle', 'small', 'nobody']) {
      const request = { query, depth: 20, tenant };
      expect(await source.search(request)).toEqual(await exact.search(request));
    }
  });
});

test('names that a collation takes for equal stay apart', async () => {
  const source = pgvectorSource({
    client,
    table: 'loose',
    tenantField: 'tenant',
    columns: { payload: ['tenant'] },
  });
  for (const tenant of ['small', 'SMALL']) {
    const found = await source.search({ query, depth: 50, tenant });
    expect(found.map(({ payload }) => payload!['tenant'])).toEqual(Array(5).fill(tenant));
  }
});

test('how many passages are compared grows with the table, and ends', () => {
  expect(mostToCompare(100, 200_000)).toBe(17_889);
  expect(mostToCompare(100, 1_000_000)).toBe(40_000);
  expect(mostToCompare(100, 1_000_000_000)).toBe(50_000);
  expect(mostToCompare(100, undefined)).toBe(2000);
  expect(mostToCompare(5000, 100)).toBe(5000);
});
