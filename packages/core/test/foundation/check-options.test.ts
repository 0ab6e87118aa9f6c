import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import {
  checkOptions,
  flag,
  having,
  integer,
  milliseconds,
  oneOf,
  text,
} from '../../src/foundation/check-options.ts';
import { describeValue } from '../../src/foundation/describe-value.ts';
import { RetrievalError } from '../../src/index.ts';

const schema = z.strictObject({
  depth: integer(1, 10_000).optional(),
  name: text,
  way: oneOf(['fast', 'exact']).optional(),
  wait: milliseconds.optional(),
  stages: z.array(z.strictObject({ best: integer(1, 10), exact: flag.optional() })).optional(),
  source: having('a source, such as pgvectorSource gives', 'search').optional(),
  index: z
    .union(
      [
        z.literal(false),
        z.discriminatedUnion(
          'kind',
          [
            z.strictObject({ kind: z.literal('graph').optional(), links: integer(2, 100).optional() }),
            z.strictObject({ kind: z.literal('lists'), count: integer(1, 9).optional() }),
          ],
          { error: 'one of graph, lists' },
        ),
      ],
      { error: 'false, or an object with kind' },
    )
    .optional(),
});

function refusalOf(given: unknown): RetrievalError {
  try {
    checkOptions(schema, given, { origin: 'test' });
  } catch (error) {
    if (RetrievalError.is(error)) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('checkOptions', () => {
  test.each<[unknown, string, readonly (string | number)[]]>([
    [{ name: 'a', depth: 0 }, 'depth is 0. Use an integer from 1 to 10,000.', ['depth']],
    [{ name: 'a', depth: '5' }, 'depth is "5". Use an integer from 1 to 10,000.', ['depth']],
    [{}, 'name is missing. Use a string that is not empty.', ['name']],
    [{ name: 'a', Depth: 5 }, 'Depth is not an option. Did you mean depth?', ['Depth']],
    [{ name: 'a', detph: 5 }, 'detph is not an option. Did you mean depth?', ['detph']],
    [
      { name: 'a', color: 'red' },
      'color is not an option. Use depth, name, way, wait, stages, source, index, or leave it out.',
      ['color'],
    ],
    [{ name: 'a', way: 'slow' }, 'way is "slow". Use one of fast, exact.', ['way']],
    [
      { name: 'a', wait: Number.NaN },
      'wait is NaN. Use a number of milliseconds above 0, at most 2,147,483,647.',
      ['wait'],
    ],
    [{ name: 'a', stages: {} }, 'stages is an object. Use a list.', ['stages']],
    [
      { name: 'a', stages: [{ best: 1 }, { best: 11 }] },
      'stages[1].best is 11. Use an integer from 1 to 10.',
      ['stages', 1, 'best'],
    ],
    [
      { name: 'a', stages: [{ best: 1, exakt: true }] },
      'stages[0].exakt is not an option. Did you mean exact?',
      ['stages', 0, 'exakt'],
    ],
    [
      { name: 'a', source: { find() {} } },
      'source is an object. Use a source, such as pgvectorSource gives.',
      ['source'],
    ],
    [{ naem: 'a' }, 'naem is not an option. Did you mean name?', ['naem']],
    [{ name: 'a', index: true }, 'index is true. Use false, or an object with kind.', ['index']],
    [{ name: 'a', index: [] }, 'index is a list of 0. Use false, or an object with kind.', ['index']],
    [
      { name: 'a', index: { kind: 'tree' } },
      'index.kind is "tree". Use one of graph, lists.',
      ['index', 'kind'],
    ],
    [
      { name: 'a', index: { links: 1 } },
      'index.links is 1. Use an integer from 2 to 100.',
      ['index', 'links'],
    ],
    [
      { name: 'a', index: { link: 3 } },
      'index.link is not an option. Did you mean links?',
      ['index', 'link'],
    ],
    [
      { name: 'a', index: { kind: 'lists', links: 3 } },
      'index.links is not an option. Use kind, count, or leave it out.',
      ['index', 'links'],
    ],
    [null, 'The options are null. Use an object.', []],
  ])('says of %j: %s', (given, message, path) => {
    const { problem, nextStep, path: told, code } = refusalOf(given);
    expect(`${problem} ${nextStep}`).toBe(message);
    expect(told).toEqual(path);
    expect(code).toBe('invalid-options');
  });

  test('gives back what it accepts, and counts undefined as absent', () => {
    const given = { name: 'a', depth: undefined, stages: [{ best: 3 }] };
    expect(checkOptions(schema, given, { origin: 'test' })).toEqual(given);
  });

  test('never throws anything but its own error, whatever it is given', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withDate: true, withMap: true }), (given) => {
        try {
          checkOptions(schema, given, { origin: 'test' });
        } catch (error) {
          return RetrievalError.is(error);
        }
        return true;
      }),
      { numRuns: 500 },
    );
  });
});

test('the value of a secret option is not shown, also where it is part of an object', () => {
  const secretive = z.strictObject({
    apiKey: integer(1, 9),
    headers: z.record(z.string(), text),
    name: text,
  });
  const problemOf = (given: object) => {
    try {
      checkOptions(secretive, given, { origin: 'test', secret: ['apiKey', 'headers'] });
    } catch (error) {
      return (error as RetrievalError).problem;
    }
    return undefined;
  };
  const sound = { apiKey: 1, headers: {}, name: 'x' };
  expect(problemOf({ ...sound, apiKey: 'sk-secret' })).toBe('apiKey is not usable.');
  expect(problemOf({ ...sound, headers: { 'x-key': 4711 } })).toBe('headers.x-key is not usable.');
  expect(problemOf({ ...sound, name: 4711 })).toBe('name is 4711.');
  expect(problemOf({ headers: {}, name: 'x' })).toBe('apiKey is missing.');
});

test('describeValue never throws, and shows nothing of what an object holds', () => {
  const loop: Record<string, unknown> = { secret: 'x' };
  loop['self'] = loop;
  expect(describeValue(loop)).toBe('an object');
  expect(describeValue('a'.repeat(200))).toMatch(/^"a{80}"… \(200 characters\)$/);
  expect([describeValue(2n ** 64n), describeValue(-0), describeValue([1, 2])]).toEqual([
    '18446744073709551616n',
    '-0',
    'a list of 2',
  ]);
  fc.assert(
    fc.property(fc.anything({ withBigInt: true, withNullPrototype: true }), (value) => {
      return typeof describeValue(value) === 'string';
    }),
  );
});
