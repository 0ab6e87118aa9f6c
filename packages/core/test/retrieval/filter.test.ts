import { describe, expect, test } from '@jest/globals';
import { parseFilter } from '../../src/index.ts';

describe('parseFilter', () => {
  test.each([
    { field: 'lang', eq: 'en' },
    { field: 'year', gte: 2019, lt: 2024 },
    { field: 'author.name', in: ['Ada', 'Grace'] },
    { field: 'draft', exists: false },
    {
      and: [
        { field: 'a', ne: true },
        { or: [{ field: 'b', gt: '2026-01-01' }, { not: { field: 'c', eq: 0 } }] },
      ],
    },
    { native: { anything: ['the engine', 'takes'] } },
  ])('accepts %j', (filter) => {
    expect(parseFilter(filter, 'test')).toEqual(filter);
  });

  test.each([
    [null, 'filter is null'],
    ['lang', 'filter is "lang"'],
    [[], 'filter is []'],
    [{}, 'has the keys []'],
    [{ field: '', eq: 1 }, 'filter.field is ""'],
    [{ field: 'a..b', eq: 1 }, 'filter.field'],
    [{ field: 'a' }, 'no operator'],
    [{ field: 'a', equals: 1 }, 'filter.equals is not an operator'],
    [{ field: 'a', eq: null }, 'filter.eq is null'],
    [{ field: 'a', eq: Number.NaN }, 'filter.eq'],
    [{ field: 'a', eq: 'x\0' }, 'filter.eq'],
    [{ field: 'a', in: [] }, 'filter.in is []'],
    [{ field: 'a', in: [1, {}] }, 'filter.in'],
    [{ field: 'a', gt: true }, 'filter.gt is true'],
    [{ field: 'a', exists: 'yes' }, 'filter.exists is "yes"'],
    [{ and: [] }, 'filter.and is []'],
    [{ and: [{ field: 'a', eq: 1 }, { nor: [] }] }, 'filter.and[1] has the unknown key "nor"'],
    [{ and: [], or: [] }, 'has the keys [and, or]'],
    [nested(40), 'more than 32 levels'],
  ])('refuses %j', (filter, words) => {
    expect(() => parseFilter(filter, 'test')).toThrow(words);
    expect(() => parseFilter(filter, 'test')).toThrow(
      expect.objectContaining({ code: 'invalid-filter', origin: 'test' }),
    );
  });
});

function nested(levels: number): unknown {
  return levels === 0 ? { field: 'a', eq: 1 } : { not: nested(levels - 1) };
}
