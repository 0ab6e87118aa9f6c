import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { calibrateCascade, type ReadPassage } from '../../../src/entries/rerankers.ts';
import { RetrievalError } from '../../../src/index.ts';
import { firstStep, marginOver } from '../../../src/retrieval/cascade/early-exit.ts';

/** Queries whose later scores are a line of the earlier ones, with an offset of the query's own and noise. */
function queriesOf(count: number, noise: number, seed = 1): ReadPassage[][] {
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const normal = () => 2 * (random() + random() + random() - 1.5);
  return Array.from({ length: count }, () => {
    const offset = 5 * normal();
    return Array.from({ length: 100 }, () => {
      const earlier = 3 * normal();
      return { earlier, later: 2 * earlier + offset + noise * normal() };
    });
  });
}

/** What the rule does to a query: passages read, and the share of the top k found. */
function play(passages: readonly ReadPassage[], exit: ReturnType<typeof calibrateCascade>) {
  const order = passages.toSorted((a, b) => b.earlier - a.earlier);
  let read = firstStep(exit);
  while (read < order.length && marginOver(order[read]!.earlier, order.slice(0, read), exit) <= exit.gap) {
    read += exit.step;
  }
  const wanted = order.toSorted((a, b) => b.later - a.later).slice(0, exit.topK);
  const seen = new Set(order.slice(0, read));
  const found = wanted.filter((passage) => seen.has(passage)).length;
  return { read: Math.min(read, order.length), found: found / exit.topK };
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('a calibrated gap', () => {
  test.each([0.9, 0.95, 0.99])(
    'finds at least %d of the top k of queries that it never saw, and reads less than all',
    (certainty) => {
      // The bound is on the mean over calibrations too: one calibration may lie a little below it.
      const plays = Array.from({ length: 6 }, (_, seed) => {
        const exit = calibrateCascade({ queries: queriesOf(300, 3, 2 * seed + 1), topK: 10, certainty });
        return queriesOf(100, 3, 1000 + seed).map((query) => play(query, exit));
      }).flat();
      expect(mean(plays.map(({ found }) => found))).toBeGreaterThan(certainty - 0.003);
      expect(mean(plays.map(({ found }) => found))).toBeLessThan(certainty + 0.04);
      expect(mean(plays.map(({ read }) => read))).toBeLessThan(70);
    },
  );

  test('reads the less the better both models agree, and the more certainty is asked for', () => {
    const readOf = (noise: number, certainty: number) => {
      const exit = calibrateCascade({ queries: queriesOf(200, noise), topK: 10, certainty });
      return mean(queriesOf(50, noise, 77).map((query) => play(query, exit).read));
    };
    expect(readOf(0.1, 0.95)).toBe(16);
    expect(readOf(2, 0.95)).toBeLessThan(readOf(6, 0.95));
    expect(readOf(4, 0.8)).toBeLessThan(readOf(4, 0.97));
  });

  test('finds the slope within queries, whatever their offsets', () => {
    expect(calibrateCascade({ queries: queriesOf(100, 1), topK: 10 }).slope).toBeCloseTo(2, 1);
  });

  test('keeps its word on the very queries that it was found on, for any scores', () => {
    const score = fc.integer({ min: -20, max: 20 });
    const lists = fc.array(fc.array(fc.record({ earlier: score, later: score }), { maxLength: 40 }), {
      minLength: 40,
      maxLength: 60,
    });
    fc.assert(
      fc.property(
        lists,
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 9 }),
        (queries, topK, step) => {
          const exit = calibrateCascade({ queries, topK, step, certainty: 0.9 });
          expect(JSON.parse(JSON.stringify(exit))).toEqual(exit);
          const judged = queries.filter((_, index) => index % 2 === 1);
          const lost = judged.map((query) => (query.length < topK ? 0 : 1 - play(query, exit).found));
          expect(mean(lost)).toBeLessThanOrEqual(0.1 + 1e-9);
        },
      ),
      { numRuns: 40 },
    );
  });
});

test.each([
  [{ topK: 0 }, /topK is 0/],
  [{ step: 0 }, /step is 0/],
  [{ best: 5 }, /best is 5 and topK is 10/],
  [{ certainty: 1 }, /certainty is 1/],
  [{ certainty: 0.99 }, /40 queries cannot show a certainty of 0\.99\. Give at least 198 queries/],
  [{ queries: [[{ earlier: Number.NaN, later: 0 }]] }, /queries\[0\]\[0\]\.earlier is NaN/],
])('refuses %j', (options, words) => {
  const calibrate = () => calibrateCascade({ queries: queriesOf(40, 1), topK: 10, ...options });
  expect(calibrate).toThrow(words);
  expect(calibrate).toThrow(RetrievalError);
});
