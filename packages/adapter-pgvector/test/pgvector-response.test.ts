import { expect, test } from '@jest/globals';
import { candidatesOf } from '../src/pgvector-response.ts';

const row = (id: unknown, distance: unknown, more: object = {}) => ({
  id,
  text: `Text ${id}`,
  payload: null,
  distance,
  ...more,
});

test.each([
  ['cosine', '0.25', 0.75],
  ['inner-product', '-3.5', 3.5],
  ['l2', '2', -2],
  ['l2', '0', 0],
] as const)('%s: distance %s is score %d', (metric, distance, score) => {
  const [candidate] = candidatesOf([row('a', distance)], metric, 'o');
  expect(candidate?.score).toBe(score);
});

test('ranks from 1, best first, equal distances by id, whatever order the rows came in', () => {
  const rows = [row('c', '0.5'), row('z', '0.1'), row('b', '0.5'), row('a', 0.5)];
  expect(candidatesOf(rows, 'cosine', 'o').map(({ id, rank }) => [id, rank])).toEqual([
    ['z', 1],
    ['a', 2],
    ['b', 3],
    ['c', 4],
  ]);
});

test('rows without a comparable vector are left out', () => {
  const rows = [row('a', '0.1'), row('b', 'NaN'), row('c', null)];
  expect(candidatesOf(rows, 'cosine', 'o').map(({ id }) => id)).toEqual(['a']);
});

test('a payload is an object or absent', () => {
  const rows = ['{"a":[1,null]}', null, '[1]', '"text"', 'null'].map((payload, index) =>
    row(`${index}`, index, { payload }),
  );
  const payloads = candidatesOf(rows, 'l2', 'o').map((candidate) => candidate.payload);
  expect(payloads).toEqual([{ a: [1, null] }, undefined, undefined, undefined, undefined]);
});

test('a row without text does not fail those next to it; one without id is an error', () => {
  const rows = [row('a7', '0'), row('a8', '1', { text: null }), row('a9', '2', { text: ' \n' })];
  expect(candidatesOf(rows, 'l2', 'o').map(({ text }) => text.trim())).toEqual([expect.any(String), '', '']);
  expect(() => candidatesOf([row(null, '0')], 'l2', 'o')).toThrow(
    expect.objectContaining({ code: 'source-failed' }),
  );
});

test('two rows of one id are refused', () => {
  expect(() => candidatesOf([row('a', '0'), row('b', '1'), row('a', '2')], 'l2', 'o')).toThrow(
    'Two rows have the id "a"',
  );
});
