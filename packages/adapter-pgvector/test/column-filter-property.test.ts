import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Filter } from '@secondpass/core';
import { filterMatches } from '@secondpass/core/testing';
import fc from 'fast-check';
import { pgvectorSource } from '../src/index.ts';

const query = { text: 'any', vector: Float32Array.of(1, 0) };
let pglite: PGlite;

beforeAll(async () => {
  pglite = await PGlite.create({ extensions: { vector } });
  await pglite.exec(`
    CREATE EXTENSION vector;
    CREATE TABLE articles (
      id int PRIMARY KEY, text text, embedding vector(2), title_embedding halfvec(2), words tsvector,
      author text, code varchar(8), padded char(3), year int, views bigint, price numeric, ratio float8, short float4,
      open boolean, scan bytea, seen date, tags text[], meta jsonb, raw json, "a.b" text
    );
    INSERT INTO articles SELECT n, 'Passage ' || n, '[1,0]', '[0,1]', to_tsvector('x'),
      (ARRAY['Ines', 'Max', 'a''b', '', '2020', NULL])[1 + n % 6], (ARRAY['a', 'b', 'Ines'])[1 + n % 3],
      (ARRAY['a', 'abc'])[1 + n % 2], (ARRAY[2020, 2021, -1, NULL])[1 + n % 4], (ARRAY[0, 1, 3000000000, 1784530912236650497, 1784530912236650500, 9223372036854775807])[1 + n % 6],
      (ARRAY[0.1, 2, 'NaN', 1.50, 1784530912236650497.0]::numeric[])[1 + n % 5], (ARRAY[0.1, 'NaN', 'Infinity', -2.5, 1784530912236650497]::float8[])[1 + n % 5],
      (ARRAY[0.1, 1]::float4[])[1 + n % 2], n % 2 = 0, '\\x00', date '2024-01-01' + n,
      CASE n % 3 WHEN 0 THEN ARRAY['a', 'Ines'] WHEN 1 THEN ARRAY[]::text[] END,
      (ARRAY['{"lang": "en", "year": 2020}', '{"lang": ["de", "fr"]}', '[2020, "Ines"]', 'null', '"Ines"'])[1 + n % 5]::jsonb,
      '{"a": {"b": 1}}', (ARRAY['Ines', 'b'])[1 + n % 2]
    FROM generate_series(1, 60) AS n;
    CREATE INDEX ON articles (author); CREATE INDEX ON articles (year); CREATE INDEX ON articles (price);
    CREATE INDEX ON articles (views);
  `);
});

afterAll(() => pglite.close());

const field = fc.constantFrom(
  ...['author', 'code', 'padded', 'year', 'views', 'price', 'ratio', 'short', 'open', 'seen', 'tags', 'meta'],
  ...['meta.lang', 'meta.year', 'raw.a.b', 'a.b', 'author.x', 'nowhere', 'text', 'id'],
);
const string = fc.constantFrom(
  'Ines',
  'a',
  'b',
  "a'b",
  '',
  '2020',
  'en',
  'fr',
  '2024-01-20',
  'NaN',
  'Infinity',
);
const number = fc.constantFrom(0, 1, -1, 0.1, 1.5, 2, 2020, 2020.5, 3_000_000_000, 1e300, -2.5);
const tweet = 1_784_530_912_236_650_497n;
const integer = fc.constantFrom(tweet, tweet + 2n, tweet + 3n, 2n ** 63n - 1n, 2n ** 63n, -(2n ** 60n));
const scalar = fc.oneof(string, number, integer, fc.boolean());
const ordered = fc.oneof(string, number, integer);
const condition = fc.oneof(
  fc.record({ eq: scalar }, { noNullPrototype: true }),
  fc.record({ ne: scalar }, { noNullPrototype: true }),
  fc.record({ in: fc.array(scalar, { minLength: 1, maxLength: 3 }) }, { noNullPrototype: true }),
  fc.record({ gt: ordered }, { noNullPrototype: true }),
  fc.record({ gte: ordered }, { noNullPrototype: true }),
  fc.record({ lt: ordered }, { noNullPrototype: true }),
  fc.record({ gte: ordered, lte: ordered }, { noNullPrototype: true }),
  fc.record({ exists: fc.boolean() }, { noNullPrototype: true }),
);
const filter: fc.Arbitrary<Filter> = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 2 },
    fc.tuple(field, condition).map(([name, conditions]) => ({ field: name, ...conditions }) as Filter),
    fc.record({ and: fc.array(tie('filter'), { minLength: 1, maxLength: 2 }) }, { noNullPrototype: true }),
    fc.record({ or: fc.array(tie('filter'), { minLength: 1, maxLength: 2 }) }, { noNullPrototype: true }),
    fc.record({ not: tie('filter') }, { noNullPrototype: true }),
  ),
})).filter;

const columns = { payload: null };

test('every column but id, text, vectors and lexemes is the payload', async () => {
  const source = pgvectorSource({ client: pglite, table: 'articles', columns, search: 'exact' });
  const [first] = await source.search({ query, depth: 1 });
  expect(Object.keys(first!.payload!).sort()).toEqual(
    ['author', 'code', 'padded', 'year', 'views', 'price', 'ratio', 'short', 'open', 'seen', 'tags']
      .concat(['meta', 'raw', 'a.b'])
      .sort(),
  );
  expect(first!.payload).toMatchObject({
    author: 'Max',
    year: 2021,
    seen: '2024-01-02',
    raw: { a: { b: 1 } },
  });
});

test('random filters over ordinary columns select what a brute-force evaluator selects', async () => {
  const source = pgvectorSource({ client: pglite, table: 'articles', columns, search: 'exact' });
  const rows = await source.search({ query, depth: 60 });
  expect(rows).toHaveLength(60);
  // A column whose name has a dot is found by that name, which a payload's path could not say.
  const held = rows.map(({ id, payload }) => ({ id, payload: { ...payload, a: { b: payload!['a.b'] } } }));
  let some = 0;
  await fc.assert(
    fc.asyncProperty(filter, async (each) => {
      const found = (await source.search({ query, depth: 60, filter: each })).map(({ id }) => id);
      const expected = held.filter(({ payload }) => filterMatches(each, payload)).map(({ id }) => id);
      some += Number(found.length > 0 && found.length < 60);
      expect(found.sort()).toEqual(expected.sort());
    }),
    { numRuns: 400, seed: 2026 },
  );
  expect(some).toBeGreaterThan(50);
}, 300_000);
