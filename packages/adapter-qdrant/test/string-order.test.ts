import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Comparison, compareStrings, longestComparedString, stringOrder } from '../src/string-order.ts';
import { conditionMatches } from './condition-matches.ts';

const stored = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.string({ unit: 'grapheme', maxLength: 8 }),
  // Long strings that share their beginning, where the later numbers decide.
  fc
    .tuple(fc.nat(70), fc.string({ unit: 'binary', maxLength: 4 }))
    .map(([length, end]) => 'é'.repeat(length / 2) + end),
);
const operand = stored.filter((text) => Buffer.byteLength(text) <= longestComparedString);

test('numbers compare as strings do by code point, whatever their length', () => {
  fc.assert(
    fc.property(
      stored,
      operand,
      fc.constantFrom<Comparison>('gt', 'gte', 'lt', 'lte'),
      (left, right, comparison) => {
        const order = Math.sign(Buffer.compare(Buffer.from(left), Buffer.from(right)));
        const expected = { gt: order > 0, gte: order >= 0, lt: order < 0, lte: order <= 0 }[comparison];
        expect(conditionMatches({ should: compareStrings(comparison, right) }, stringOrder(left))).toBe(
          expected,
        );
      },
    ),
    { numRuns: 20_000 },
  );
});

test('a date takes two numbers, and no number exceeds what a double holds exactly', () => {
  expect(stringOrder('2024-03-01')).toEqual({ 0: expect.any(Number), 1: expect.any(Number) });
  const highest = Object.values(stringOrder('\u{10FFFF}'.repeat(30)));
  expect(highest).toHaveLength(10);
  expect(highest.every(Number.isSafeInteger)).toBe(true);
});
