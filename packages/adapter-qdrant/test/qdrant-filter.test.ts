import { describe, expect, test } from '@jest/globals';
import type { Filter } from '@secondpass/core';
import {
  type FilterTarget,
  filterCondition,
  isNative,
  storedKey,
  tenantCondition,
} from '../src/qdrant-filter.ts';
import { conditionMatches } from './condition-matches.ts';

const ours: FilterTarget = {
  payloadField: 'payload',
  ours: true,
  stringOrder: true,
  name: 'qdrant:articles',
};
const foreign: FilterTarget = {
  payloadField: null,
  ours: false,
  stringOrder: false,
  name: 'qdrant:articles',
};
const refused = (code: string, words: string) =>
  expect.objectContaining({ code, origin: 'qdrant:articles', message: expect.stringContaining(words) });

describe('what Qdrant is asked', () => {
  test.each<[Filter, unknown]>([
    [
      { field: 'lang', eq: 'en' },
      { key: '"payload"."lang"', match: { value: 'en' } },
    ],
    [
      { field: 'a.b', eq: true },
      { key: '"payload"."a"."b"', match: { value: true } },
    ],
    [
      { field: 'tweet', in: ['a', 2n ** 60n + 1n] },
      {
        should: [
          { key: '"payload"."tweet"', match: { any: ['a'] } },
          { key: '"payload"."tweet"', match: { value: 2n ** 60n + 1n } },
        ],
      },
    ],
    [
      { field: 'year', eq: 20 },
      { key: '"payload"."year"', range: { gte: 20, lte: 20 } },
    ],
    [{ field: 'year', ne: 20 }, { must_not: [{ key: '"payload"."year"', range: { gte: 20, lte: 20 } }] }],
    [
      { field: 'x', in: ['a', 1, 'b'] },
      {
        should: [
          { key: '"payload"."x"', match: { any: ['a', 'b'] } },
          { key: '"payload"."x"', range: { gte: 1, lte: 1 } },
        ],
      },
    ],
    [
      { field: 'year', gt: 1, lte: 5 },
      {
        must: [
          { key: '"payload"."year"', range: { gt: 1 } },
          { key: '"payload"."year"', range: { lte: 5 } },
        ],
      },
    ],
    [{ not: { or: [{ native: { must: [] } }] } }, { must_not: [{ should: [{ must: [] }] }] }],
    [
      { field: 'say "x"', eq: 'x' },
      { key: '"payload"."say %22x%22"', match: { value: 'x' } },
    ],
  ])('%j', (filter, expected) => {
    expect(filterCondition(filter, ours)).toEqual(expected);
  });

  test('a foreign collection is asked at the top level, by the names it has', () => {
    expect(filterCondition({ field: '%22', eq: 'x' }, foreign)).toEqual({
      key: '"%22"',
      match: { value: 'x' },
    });
  });
});

describe('what cannot be asked truthfully is refused, and says so', () => {
  test.each(['gt', 'gte', 'lt', 'lte'])('%s on strings where the order is not stored', (operator) => {
    const filter = { field: 'published', [operator]: '2024' } as unknown as Filter;
    const ask = (target: FilterTarget) => () => filterCondition(filter, target);
    expect(ask(foreign)).toThrow(refused('invalid-filter', `${operator} compares "published" with a string`));
    expect(ask({ ...ours, stringOrder: false })).toThrow(refused('invalid-filter', 'stringOrder: true'));
    expect(ask(ours)).not.toThrow();
  });

  test('an operand longer than 59 bytes', () => {
    expect(() => filterCondition({ field: 'a', gt: 'x'.repeat(59) }, ours)).not.toThrow();
    expect(() => filterCondition({ field: 'a', gt: 'é'.repeat(30) }, ours)).toThrow(
      refused('invalid-filter', '60 bytes'),
    );
  });

  test.each(['a"b', 'a\\b'])('%s as a field of a foreign collection', (field) => {
    expect(() => filterCondition({ field, eq: 1 }, foreign)).toThrow(
      refused('invalid-filter', 'paths do not allow'),
    );
    expect(() => filterCondition({ field, eq: 1 }, ours)).not.toThrow();
  });

  test.each([null, 'id = 1', 5, []])('%j as a native filter', (native) => {
    expect(() => filterCondition({ native }, ours)).toThrow(refused('invalid-filter', 'native'));
  });
});

test('tells where a native filter is inside', () => {
  expect(isNative({ and: [{ field: 'a', eq: 1 }, { not: { or: [{ native: {} }] } }] })).toBe(true);
  expect(isNative({ and: [{ field: 'a', eq: 1 }, { not: { field: 'native', eq: 1 } }] })).toBe(false);
});

test('no two keys are stored under one name', () => {
  const keys = ['"', '%22', '%2522', '%25', '%', '\\', '%5C', '%%22', '%"', 'a%2"b', '%2%22'];
  expect(new Set(keys.map(storedKey)).size).toBe(keys.length);
  for (const key of keys) expect(storedKey(key)).not.toMatch(/["\\]/);
  expect(storedKey('growth % per year')).toBe('growth % per year');
});

test('a tenant is exactly the string in the field, also in collections of others', () => {
  const seen = (owner: unknown) => conditionMatches(tenantCondition('owner', 'acme', foreign), { owner });
  expect(seen('acme')).toBe(true);
  for (const owner of ['Acme', '', null, undefined, 5, {}, [], ['acme'], ['acme', 'globex'], [['acme']]]) {
    expect(seen(owner)).toBe(false);
  }
});

test.each<[Filter, string]>([
  [{ field: 'tweet', gt: 2n ** 60n + 1n }, 'gt compares "tweet" with 1152921504606846977, and Qdrant rounds'],
  [{ not: { field: 'tweet', lte: -(2n ** 60n) } }, 'lte compares "tweet" with -1152921504606846976'],
  [{ field: 'tweet', ne: 2n ** 63n }, 'looks for 9223372036854775808 in "tweet"'],
  [{ field: 'tweet', in: [1, 2n ** 64n - 1n] }, 'looks for 18446744073709551615 in "tweet"'],
])('what Qdrant would round is refused by name (case %#)', (filter, words) => {
  expect(() => filterCondition(filter, ours)).toThrow(refused('invalid-filter', words));
});
