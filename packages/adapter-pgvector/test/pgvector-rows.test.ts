import { expect, test } from '@jest/globals';
import { writableTable } from '../src/own-table.ts';
import { upsertStatements } from '../src/pgvector-rows.ts';
import { resolveTable } from '../src/resolve-table.ts';

const client = { query: async () => ({ rows: [] }) };
const table = writableTable(resolveTable({ client, table: 'articles' }));
const document = { id: 'a', text: 'A.', vector: Float32Array.of(1, 0), digest: 'd' };

test('one statement, a parameter per column, rows in the order of their ids', () => {
  const [statement, ...more] = upsertStatements(
    [{ ...document, id: 'b', payload: { x: '\\u0000' } }, document],
    table,
  );
  expect(more).toEqual([]);
  const { text, values } = statement!;
  expect(text).toContain(
    "FROM unnest($1::text[], $2::text[], $3::text[], string_to_array($4, ';'), $5::text[])",
  );
  expect(text).toContain('ON CONFLICT ("id") DO UPDATE SET\n"text" = excluded."text", ');
  expect(values).toEqual([
    ['a', 'b'],
    ['A.', 'A.'],
    ['d', 'd'],
    '[1.00000000,0.00000000];[1.00000000,0.00000000]',
    [null, '{"x":"\\\\u0000"}'],
  ]);
});

test('documents of 1 MB are split over statements of at most 8 MB, in the order of their ids', () => {
  const large = Array.from({ length: 64 }, (_, index) => ({
    ...document,
    id: `${99 - index}`,
    payload: { blob: 'x'.repeat(1_000_000) },
  }));
  const statements = upsertStatements(large, table);
  expect(statements.length).toBeGreaterThan(7);
  for (const { values } of statements) expect(JSON.stringify(values).length).toBeLessThan(9_000_000);
  expect(statements.flatMap(({ values }) => values[0])).toEqual(large.map(({ id }) => id).reverse());
});

const cyclic: Record<string, unknown> = {};
cyclic['self'] = cyclic;

test.each([
  ['a NUL in the payload', { payload: { x: ['\0'] } }],
  ['a NUL in a payload key', { payload: { 'x\0': 1 } }],
  ['a lone surrogate in the payload', { payload: { x: '\ud800' } }],
  ['a payload that refers to itself', { payload: cyclic }],
  ['an id beyond what a b-tree holds', { id: '🌙'.repeat(700) }],
  ['NaN in the vector', { vector: Float32Array.of(1, Number.NaN) }],
  ['a vector without direction', { vector: Float32Array.of(0, 0) }],
])('%s is refused by name', (_, change) => {
  const write = () => upsertStatements([{ ...document, ...change }], table);
  expect(write).toThrow(expect.objectContaining({ code: 'invalid-document' }));
});

test('a bigint is written as the integer that it is', () => {
  const [statement] = upsertStatements([{ ...document, payload: { x: 2n ** 60n + 1n } }], table);
  expect(statement!.values).toContainEqual(['{"x":1152921504606846977}']);
});

test('a payload is refused where there is no column for it', () => {
  const bare = writableTable(resolveTable({ client, table: 'articles', columns: { payload: null } }));
  expect(upsertStatements([document], bare)[0]!.values).toHaveLength(4);
  expect(() => upsertStatements([{ ...document, payload: {} }], bare)).toThrow('no column for it');
});
