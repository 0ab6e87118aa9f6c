import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Filter } from '@secondpass/core';
import { isPerhapsRounded } from '@secondpass/core/extend';
import { filterMatches } from '@secondpass/core/testing';
import fc from 'fast-check';
import { type OpenedPgvector, pgvectorFromConfig } from '../src/index.ts';

const text = fc.oneof(
  fc.constantFrom('', 'a', 'b', '1', 'null', "'", '"', '\\', '$1', '🌙', '\uFFFD'),
  fc
    .string({ unit: 'grapheme', maxLength: 3 })
    .filter((value) => value.isWellFormed() && !value.includes('\0')),
);
const number = fc.oneof(
  fc.constantFrom(0, 1, 2, 0.1, -1),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !isPerhapsRounded(value)),
  // Neighbors that share a float64.
  fc.constantFrom(2n ** 60n + 1n, 2n ** 60n + 3n, -(2n ** 63n), 2n ** 64n - 1n),
);
const scalar = fc.oneof(text, number, fc.boolean());
const field = fc.constantFrom('a', 'b', '0', "it's", 'a.b', 'b.a', 'a.0');
const value = fc.oneof(
  { weight: 4, arbitrary: scalar },
  {
    weight: 3,
    arbitrary: fc.array(fc.oneof(scalar, fc.constant(null), fc.array(scalar, { maxLength: 2 })), {
      maxLength: 3,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.dictionary(
      fc.constantFrom('a', 'b', '0'),
      fc.oneof(scalar, fc.array(scalar, { maxLength: 2 })),
      { noNullPrototype: true },
    ),
  },
  { weight: 1, arbitrary: fc.constant(null) },
);
const payload = fc.dictionary(fc.constantFrom('a', 'b', '0', "it's"), value, { noNullPrototype: true });
const condition = fc
  .record(
    {
      eq: scalar,
      ne: scalar,
      in: fc.array(scalar, { minLength: 1, maxLength: 3 }),
      gt: fc.oneof(text, number),
      gte: fc.oneof(text, number),
      lt: fc.oneof(text, number),
      lte: fc.oneof(text, number),
      exists: fc.boolean(),
    },
    { requiredKeys: [], noNullPrototype: true },
  )
  .filter((conditions) => Object.keys(conditions).length > 0);
const filter: fc.Arbitrary<Filter> = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 3 },
    fc.tuple(field, condition).map(([name, conditions]) => ({ field: name, ...conditions }) as Filter),
    fc.record({ and: fc.array(tie('filter'), { minLength: 1, maxLength: 3 }) }, { noNullPrototype: true }),
    fc.record({ or: fc.array(tie('filter'), { minLength: 1, maxLength: 3 }) }, { noNullPrototype: true }),
    fc.record({ not: tie('filter') }, { noNullPrototype: true }),
  ),
})).filter;

const dimensions = 2;
const query = { text: 'any', vector: Float32Array.of(1, 0) };
let opened: OpenedPgvector;

beforeAll(async () => {
  opened = await pgvectorFromConfig({ memory: true, table: 'documents' });
  await opened.writer.prepare({ dimensions });
  await opened.writer.finish();
});

afterAll(() => opened.close());

test('an array within an array is an element, and is not looked into', async () => {
  const held = [{ b: [[0]] }, { b: [[null]] }, { b: [[]] }, { b: [null] }, { b: [0] }];
  const documents = held.map((each, index) => ({
    id: `n${index}`,
    text: 'A passage.',
    vector: Float32Array.of(1, index),
    payload: each,
    digest: '',
  }));
  await opened.writer.write(documents);
  const conditions: Filter[] = [
    { field: 'b', exists: true },
    { field: 'b', lt: 1 },
    { not: { field: 'b', lt: 1 } },
  ];
  for (const each of conditions) {
    const expected = documents.filter(({ payload: own }) => filterMatches(each, own)).map(({ id }) => id);
    const candidates = await opened.source.search({ query, depth: 8, filter: each });
    expect(candidates.map(({ id }) => id).sort()).toEqual(expected);
  }
  await opened.writer.delete(documents.map(({ id }) => id));
});

test('a list of many values selects what brute force selects, and the longest is answered in time', async () => {
  const held = [
    { b: 7 },
    { b: '7' },
    { b: [1.5, 'x'] },
    { b: [[7]] },
    { b: true },
    { b: null },
    { a: 7 },
    {},
  ];
  const documents = held.map((each, index) => ({
    id: `m${index}`,
    text: 'A passage.',
    vector: Float32Array.of(1, index),
    payload: each as Readonly<Record<string, unknown>>,
    digest: '',
  }));
  await opened.writer.write(documents);
  const many = Array.from({ length: 9_990 }, (_, number) => `value ${number}`);
  for (const few of [[7], ['7', 1.5], ['x', false], [true], ['none']]) {
    for (const each of [
      { field: 'b', in: [...many, ...few] },
      { not: { field: 'b', in: [...few, ...many] } },
    ] satisfies Filter[]) {
      const expected = documents.filter(({ payload: own }) => filterMatches(each, own)).map(({ id }) => id);
      const candidates = await opened.source.search({ query, depth: 8, filter: each });
      expect(candidates.map(({ id }) => id).sort()).toEqual(expected);
    }
  }
  await opened.writer.delete(documents.map(({ id }) => id));
}, 300_000);

test('random filters over random payloads select what a brute-force evaluator selects', async () => {
  const payloads = fc.array(payload, { minLength: 8, maxLength: 8 });
  const filters = fc.array(filter, { minLength: 6, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(payloads, filters, async (held, conditions) => {
      const documents = held.map((each, index) => ({
        id: `d${index}`,
        text: 'A passage.',
        vector: Float32Array.of(1, index),
        payload: each,
        digest: '',
      }));
      await opened.writer.write(documents);
      for (const each of conditions) {
        const expected = documents
          .filter((document) => filterMatches(each, document.payload))
          .map(({ id }) => id);
        const candidates = await opened.source.search({ query, depth: 8, filter: each });
        expect(candidates.map(({ id }) => id).sort()).toEqual(expected);
      }
    }),
    { numRuns: 60 },
  );
});
