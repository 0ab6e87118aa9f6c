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
    [{ field: `a${'.a'.repeat(32)}`, eq: 1 }, 'filter.field reaches 33 objects deep'],
    [{ field: '.'.repeat(3000), eq: 1 }, 'filter.field is "....'],
    [{ field: 'a'.repeat(1001), eq: 1 }, 'filter.field has 1,001 characters'],
    [{ field: 'a', in: manyOf(10_001) }, 'filter.in brings the filter to 10,001 values'],
    [
      { and: manyOf(3).map(() => ({ field: 'a', in: manyOf(4000) })) },
      'filter.and[2].in brings the filter to 12,000 values',
    ],
    [
      { or: manyOf(501).map((value) => ({ field: 'a', eq: value })) },
      'filter.or[500].eq brings the filter to 501 operators',
    ],
    [
      { field: 'a', in: manyOf(11).map(() => 'x'.repeat(100_000)) },
      'filter.in brings the filter to 1,100,000 characters in strings',
    ],
  ])('refuses %j', (filter, words) => {
    expect(() => parseFilter(filter, 'test')).toThrow(words);
    expect(() => parseFilter(filter, 'test')).toThrow(
      expect.objectContaining({ code: 'invalid-filter', origin: 'test' }),
    );
  });
});

test('the largest filters are taken', () => {
  const largest = [
    nested(31),
    { field: 'a', in: manyOf(10_000) },
    { or: manyOf(500).map((value) => ({ field: `a${'.a'.repeat(31)}`, eq: value })) },
    { field: 'a'.repeat(1000), eq: 'x'.repeat(1_000_000) },
  ];
  for (const filter of largest) expect(parseFilter(filter, 'test')).toBe(filter);
});

function manyOf(count: number): number[] {
  return Array.from({ length: count }, (_, number) => number);
}

function nested(levels: number): unknown {
  return levels === 0 ? { field: 'a', eq: 1 } : { not: nested(levels - 1) };
}
