import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { payloadTokens, presenceToken, tokenRange, valueToken } from '../src/elastic-tokens.ts';

test('every scalar gets a word, and every path that holds something', () => {
  const payload = {
    lang: 'en',
    year: 2024,
    open: true,
    tags: ['a', 7, null, ['nested'], { x: 1 }],
    author: { name: 'Ines' },
  };
  expect([...payloadTokens(payload)].sort()).toEqual(
    [
      ...['lang', 'year', 'open', 'tags', 'author', 'author.name'].map(presenceToken),
      valueToken('lang', 'en'),
      valueToken('year', 2024),
      valueToken('open', true),
      valueToken('tags', 'a'),
      valueToken('tags', 7),
      valueToken('author.name', 'Ines'),
    ].sort(),
  );
});

test('nothing, null, empty lists and keys that no filter can name get none', () => {
  expect(payloadTokens(undefined)).toEqual([]);
  expect(payloadTokens({ a: null, b: [], c: [null], '': 1, 'd.e': 2, 'f\0s': 3 })).toEqual([]);
});

test('types keep apart', () => {
  expect(
    new Set([valueToken('a', 1), valueToken('a', '1'), valueToken('a', true), valueToken('a', 'true')]).size,
  ).toBe(4);
});

test('words of numbers sort as the numbers do', () => {
  const numbers = [
    -1.7976931348623157e308,
    -2,
    -1.5,
    -5e-324,
    0,
    5e-324,
    0.1,
    1,
    2,
    9,
    10,
    2 ** 53 - 1,
    1e21,
    1.7976931348623157e308,
  ];
  const words = numbers.map((value) => valueToken('n', value));
  expect(words.toSorted()).toEqual(words);
  expect(valueToken('n', -0)).toBe(valueToken('n', 0));
  const { from, to } = tokenRange('n', 1);
  for (const word of words) expect(word > from && word < to).toBe(true);
});

test('words of strings sort by code point, as UTF-8 does', () => {
  const words = ['', 'A', 'a', 'ab', 'b', 'é', '\uFFFD', '🌙'].map((value) =>
    Buffer.from(valueToken('s', value)),
  );
  expect(words.toSorted(Buffer.compare)).toEqual(words);
});

test('a very long string keeps its start for order and a hash for equality', () => {
  const long = '🌙'.repeat(50_000);
  const word = valueToken('s', long);
  expect(Buffer.byteLength(word)).toBeLessThan(8200);
  expect(word).not.toBe(valueToken('s', `${long}x`));
  expect(word.isWellFormed()).toBe(true);
});

test('words of numbers have the order of the numbers, to the last digit of a bigint', () => {
  const near = fc.tuple(
    fc.constantFrom(2n ** 53n, 2n ** 60n, 2n ** 63n, 1_784_530_912_236_650_497n),
    fc.bigInt(-3000n, 3000n),
  );
  const integer = fc
    .oneof(
      near.map(([center, offset]) => center + offset),
      fc.bigInt(-(2n ** 63n), 2n ** 63n),
    )
    .chain((value) => fc.constantFrom(value, -value))
    .filter((value) => value >= -(2n ** 63n) && (value > 2n ** 53n || value < -(2n ** 53n)));
  const number = fc.double({ noNaN: true, noDefaultInfinity: true });
  const value = fc.oneof(integer, integer, number);
  fc.assert(
    fc.property(value, value, (a, b) => {
      const [first, second] = [valueToken('n', a), valueToken('n', b)];
      expect(first < second).toBe(a < b);
      // biome-ignore lint/suspicious/noDoubleEquals: it compares the two types exactly
      expect(first === second).toBe(a == b);
      const { from, to } = tokenRange('n', a);
      expect(from <= first && first < to).toBe(true);
    }),
    { numRuns: 5000 },
  );
});
