import { describe, expect, test } from '@jest/globals';
import {
  compareRuns,
  type MeasuredRun,
  parseMeasure,
  percentiles,
  sampleQueries,
} from '@secondpass/evaluation';
import fc from 'fast-check';

const measures = [parseMeasure('map')];
const queries = (count: number) => Array.from({ length: count }, (_, index) => `q${index}`);
const runOf = (values: readonly number[]): MeasuredRun => ({
  measures,
  perQuery: new Map(values.map((value, index) => [`q${index}`, [value]])),
  unjudgedQueries: 0,
});
const compare = async (baseline: readonly number[], run: readonly number[], settings: object = {}) => {
  const [answer] = await compareRuns({
    baseline: runOf(baseline),
    run: runOf(run),
    queries: queries(run.length),
    resamples: 2_000,
    ...settings,
  });
  return answer!;
};

/** What all sign patterns say, where there are few enough to try each. */
function exactPValue(differences: readonly number[]): number {
  const sum = (signs: number) => differences.reduce((total, d, i) => total + (signs & (1 << i) ? d : -d), 0);
  const patterns = 2 ** differences.length;
  const observed = Math.abs(sum(patterns - 1));
  const extreme = Array.from({ length: patterns }, (_, signs) => Math.abs(sum(signs)) >= observed - 1e-9);
  return extreme.filter(Boolean).length / patterns;
}

test('the p-value is near that of all sign patterns', async () => {
  const few = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 3, maxLength: 10 });
  await fc.assert(
    fc.asyncProperty(few, async (differences) => {
      const { pValue } = await compare(
        differences.map(() => 0),
        differences,
        { resamples: 4_000 },
      );
      expect(Math.abs(pValue - exactPValue(differences))).toBeLessThan(0.05);
    }),
    { numRuns: 20, seed: 1 },
  );
});

test('the interval holds the difference, and is near that of the normal distribution', async () => {
  const differences = Array.from({ length: 400 }, (_, index) => Math.sin(index * 7.3) / 2 + 0.1);
  const { difference, interval, pValue } = await compare(
    differences.map(() => 0),
    differences,
  );
  const variance = differences.reduce((sum, d) => sum + (d - difference) ** 2, 0) / 399;
  const half = 1.96 * Math.sqrt(variance / 400);
  expect(interval[0]).toBeCloseTo(difference - half, 2);
  expect(interval[1]).toBeCloseTo(difference + half, 2);
  expect(pValue).toBe(1 / 2_001);
});

test('two equal runs differ in nothing', async () => {
  const answer = await compare([0.5, 1, 0], [0.5, 1, 0]);
  expect(answer).toMatchObject({ difference: 0, pValue: 1, interval: [0, 0], wins: 0, losses: 0, ties: 3 });
});

test('wins, losses and ties by query, the largest named first; a missing ranking counts as 0', async () => {
  const answer = await compareRuns({
    baseline: runOf([0.5, 0.5, 0.5, 0.5]),
    run: { ...runOf([1, 0.7, 0.5]) },
    queries: queries(4),
    named: 1,
    resamples: 100,
  });
  expect(answer[0]).toMatchObject({
    wins: 2,
    losses: 1,
    ties: 1,
    bestWins: [{ query: 'q0', baseline: 0.5, run: 1 }],
    worstLosses: [{ query: 'q3', baseline: 0.5, run: 0 }],
  });
  expect(answer[0]!.difference).toBeCloseTo(0.05, 12);
});

test('the same seed gives the same answer, another seed another', async () => {
  const values = Array.from({ length: 50 }, (_, index) => (index * 37) % 11);
  const none = values.map(() => 4);
  const first = await compare(none, values, { seed: 5 });
  expect(await compare(none, values, { seed: 5 })).toEqual(first);
  expect(await compare(none, values, { seed: 6 })).not.toEqual(first);
});

test('swapping the runs swaps the answer', async () => {
  const there = await compare([0.1, 0.2, 0.9], [0.4, 0.1, 0.9]);
  const back = await compare([0.4, 0.1, 0.9], [0.1, 0.2, 0.9]);
  expect(back.difference).toBeCloseTo(-there.difference, 12);
  expect([back.wins, back.losses, back.pValue]).toEqual([there.losses, there.wins, there.pValue]);
});

test('no queries, no difference', async () => {
  expect(await compare([], [])).toMatchObject({ difference: 0, pValue: 1, interval: [0, 0], ties: 0 });
});

test('an abort ends it with the reason', async () => {
  const values = Array.from({ length: 5_000 }, (_, index) => index % 3);
  const aborting = new AbortController();
  const answer = compare(values, values.toReversed(), { resamples: 100_000, signal: aborting.signal });
  aborting.abort(new Error('enough'));
  await expect(answer).rejects.toThrow('enough');
});

describe('refused', () => {
  test('runs that were measured differently', async () => {
    const other = { ...runOf([1]), measures: [parseMeasure('bpref')] };
    await expect(compareRuns({ baseline: runOf([1]), run: other, queries: ['q0'] })).rejects.toThrow(
      'measured by different measures',
    );
  });

  test.each([{ seed: -1 }, { seed: 0.5 }, { seed: 2 ** 32 }, { resamples: 10 }, { named: -1 }])(
    '%j',
    async (settings) => {
      await expect(compare([1], [0], settings)).rejects.toMatchObject({ code: 'invalid-options' });
    },
  );
});

test('a sample is seeded, in order, without repetition, and no larger than what there is', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.nat({ max: 1_000 }), (count, seed) => {
      const all = queries(40);
      const chosen = sampleQueries(all, count, seed);
      expect(chosen).toEqual(all.filter((id) => new Set(chosen).has(id)));
      expect(chosen.length).toBe(Math.min(count, 40));
      expect(sampleQueries(all, count, seed)).toEqual(chosen);
    }),
  );
  expect(sampleQueries(queries(40), 5, 1)).not.toEqual(sampleQueries(queries(40), 5, 2));
});

test('percentiles of a thousand values, of one, of none', () => {
  const values = Array.from({ length: 1_000 }, (_, index) => (index * 617) % 1_000);
  const { p50, p95, p99 } = percentiles(values)!;
  expect(p50).toBe(499.5);
  expect([p95, p99]).toEqual([949.05, 989.01]);
  expect(percentiles([7])).toEqual({ p50: 7, p95: 7, p99: 7 });
  expect(percentiles([])).toBeUndefined();
});
