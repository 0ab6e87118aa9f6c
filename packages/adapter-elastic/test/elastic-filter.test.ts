import { describe, expect, test } from '@jest/globals';
import type { Filter } from '@secondpass/core';
import { filterQuery, hasNative } from '../src/elastic-filter.ts';
import { presenceToken, valueToken } from '../src/elastic-tokens.ts';
import { mappedConditions } from '../src/mapped-conditions.ts';
import { tokenConditions } from '../src/token-conditions.ts';

const compile = (filter: Filter) => filterQuery(filter, tokenConditions, 'elastic:test');
const token = (path: string, value: string | number | boolean) => ({
  term: { 'secondpass.filter': valueToken(path, value) },
});

test('one condition is one clause, several are an AND', () => {
  expect(compile({ field: 'lang', eq: 'en' })).toEqual(token('lang', 'en'));
  expect(compile({ field: 'lang', exists: true })).toEqual({
    term: { 'secondpass.filter': presenceToken('lang') },
  });
  expect(compile({ field: 'lang', ne: 'de', exists: true })).toEqual({
    bool: {
      filter: [
        { bool: { must_not: [token('lang', 'de')] } },
        { term: { 'secondpass.filter': presenceToken('lang') } },
      ],
    },
  });
});

test('a comparison stays within the words of its path and type', () => {
  expect(compile({ field: 'year', gte: 2020 })).toEqual({
    range: { 'secondpass.filter': { gte: valueToken('year', 2020), lt: 'year\0o' } },
  });
  expect(compile({ field: 'day', lt: '2024' })).toEqual({
    range: { 'secondpass.filter': { gte: 'day\0s', lt: 'day\0s2024' } },
  });
});

test('and, or and not', () => {
  const [a, b] = [
    { field: 'a', eq: 1 },
    { field: 'b', eq: 2 },
  ];
  expect(compile({ and: [a, b] })).toEqual({ bool: { filter: [token('a', 1), token('b', 2)] } });
  expect(compile({ or: [a, b] })).toEqual({
    bool: { should: [token('a', 1), token('b', 2)], minimum_should_match: 1 },
  });
  expect(compile({ not: a })).toEqual({ bool: { must_not: [token('a', 1)] } });
  expect(compile({ not: { not: { and: [{ or: [a] }] } } })).toEqual(token('a', 1));
});

test('a native clause is passed on, and anything else refused', () => {
  const native = { geo_distance: { distance: '1km', 'native.place': [1, 2] } };
  expect(compile({ native })).toEqual(native);
  expect(hasNative({ and: [{ not: { native } }, { field: 'a', eq: 1 }] })).toBe(true);
  expect(hasNative({ or: [{ field: 'a', eq: 1 }] })).toBe(false);
  for (const wrong of [null, 'x', [native], {}, { a: 1, b: 2 }]) {
    expect(() => compile({ native: wrong })).toThrow(expect.objectContaining({ code: 'invalid-filter' }));
  }
});

test('on a mapping that was there before, the type decides', () => {
  const mapping = {
    properties: {
      meta: {
        properties: {
          year: { type: 'long' },
          tags: { type: 'text', fields: { raw: { type: 'keyword' } } },
          geo: { type: 'geo_point' },
        },
      },
    },
  };
  const conditions = mappedConditions(mapping, 'meta', 'elastic:test');
  const ask = (filter: Filter) => filterQuery(filter, conditions, 'elastic:test');
  expect(ask({ field: 'year', in: [1, '2'] })).toEqual({ terms: { 'meta.year': [1] } });
  expect(ask({ field: 'year', eq: 'x' })).toEqual({ match_none: {} });
  expect(ask({ field: 'tags', gt: 'a' })).toEqual({ range: { 'meta.tags.raw': { gt: 'a' } } });
  expect(ask({ field: 'nowhere', eq: 'a' })).toEqual({ match_none: {} });
  expect(() => ask({ field: 'geo', eq: 'a' })).toThrow(expect.objectContaining({ code: 'invalid-filter' }));
});

describe('an integer that a number does not hold', () => {
  const tweet = 1_784_530_912_236_650_497n;
  const mapping = {
    properties: {
      tweet: { type: 'long' },
      big: { type: 'unsigned_long' },
      year: { type: 'integer' },
      size: { type: 'double' },
      word: { type: 'keyword' },
    },
  };
  const conditions = mappedConditions(mapping, null, 'elastic:test');
  const ask = (filter: Filter) => filterQuery(filter, conditions, 'elastic:test');

  test.each<[Filter, unknown]>([
    [{ field: 'tweet', eq: tweet }, { terms: { tweet: [String(tweet)] } }],
    [{ field: 'tweet', in: [1, 2n ** 63n, -(2n ** 63n)] }, { terms: { tweet: [1, '-9223372036854775808'] } }],
    [{ field: 'tweet', gt: tweet }, { range: { tweet: { gt: String(tweet) } } }],
    [{ field: 'tweet', lt: 2n ** 63n }, { exists: { field: 'tweet' } }],
    [{ field: 'tweet', gte: 2n ** 63n }, { match_none: {} }],
    [{ field: 'big', eq: 2n ** 64n - 1n }, { terms: { big: ['18446744073709551615'] } }],
    [{ field: 'big', gt: -tweet }, { exists: { field: 'big' } }],
    [{ field: 'year', eq: tweet }, { match_none: {} }],
    [{ field: 'year', lte: tweet }, { exists: { field: 'year' } }],
    [{ field: 'word', eq: tweet }, { match_none: {} }],
  ])('is asked to the last digit (case %#)', (filter, query) => {
    expect(ask(filter)).toEqual(query);
  });

  test.each([{ eq: tweet }, { in: [1, tweet] }, { gt: tweet }])(
    'is refused where the field rounds it',
    (operand) => {
      expect(() => ask({ field: 'size', ...operand })).toThrow(
        expect.objectContaining({ code: 'invalid-filter', problem: expect.stringContaining('type double') }),
      );
    },
  );
});
