import { expect, test } from '@jest/globals';
import type { Hit } from '@secondpass/core';
import { cutLines } from '../src/output/cut-lines.ts';

const hit = (more: Partial<Hit>): Hit => ({
  rank: 1,
  score: 0.5,
  candidate: { id: 'a', text: 'a', score: 1, rank: 1 },
  ...more,
});

test('says nothing where everything was read and kept', () => {
  expect(cutLines([hit({}), hit({ chunk: { number: 1, count: 2, start: 0, end: 9 } })], 0)).toEqual([]);
  expect(cutLines([], undefined)).toEqual([]);
});

test('counts what was not read and what was left out', () => {
  expect(cutLines([hit({ tokensCut: 30, queryTokensCut: 4 }), hit({}), hit({ tokensCut: 12 })], 1)).toEqual([
    '2 of 3 hits read in part: 42 tokens not read',
    'the query was too long: its last 4 tokens not read',
    '1 candidate below the minimum score',
  ]);
});
