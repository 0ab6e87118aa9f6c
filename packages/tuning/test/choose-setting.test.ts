import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { chooseSetting } from '../src/choose-setting.ts';
import { meanInterval } from '../src/mean-interval.ts';
import { settingsGrid } from '../src/setting.ts';
import { referenceSetting } from '../src/tuning-steps.ts';

const measured = fc.array(
  fc.record({ mean: fc.double({ min: 0, max: 1, noNaN: true }), p50Ms: fc.integer({ min: 1, max: 500 }) }),
  { minLength: 1, maxLength: 40 },
);

test('within a loss, nothing that is allowed is cheaper', () => {
  fc.assert(
    fc.property(measured, fc.double({ min: 0, max: 0.5, noNaN: true }), (all, maxLoss) => {
      const means = all.map(({ mean }) => mean);
      const costs = all.map(({ p50Ms }) => ({ p50Ms, p95Ms: p50Ms }));
      const chosen = chooseSetting(means, [...all.keys()], costs, { maxLoss });
      const least = Math.max(...means) - maxLoss - 1e-9;
      expect(means[chosen]).toBeGreaterThanOrEqual(least);
      const cheaper = all.filter(({ mean, p50Ms }) => mean > least + 1e-8 && p50Ms < costs[chosen]!.p50Ms);
      expect(cheaper).toEqual([]);
    }),
  );
});

test('within a time, the best is chosen, and of equals the cheaper', () => {
  const costs = [10, 20, 5].map((p50Ms) => ({ p50Ms, p95Ms: p50Ms }));
  expect(chooseSetting([0.5, 0.6, 0.4], [0, 1, 2], costs, { maxLatencyMs: 30 })).toBe(1);
  expect(chooseSetting([0.6, 0.6, 0.4], [0, 1, 2], costs, { maxLatencyMs: 30 })).toBe(0);
  expect(chooseSetting([0.6, 0.6, 0.7], [0, 1], costs, { maxLatencyMs: 30 })).toBe(0);
});

test('if the setting in use is too slow, the same scorer at the greatest depth within the limit is the reference', () => {
  const settings = settingsGrid(['small', 'large'], [10, 50, 100], [0, 0.5]);
  const costs = settings.map(({ scorer, depth }) => {
    const p50Ms = depth * (scorer === 'large' ? 4 : 1);
    return { p50Ms, p95Ms: p50Ms };
  });
  const inUse = settings.findIndex(({ scorer, depth }) => scorer === 'large' && depth === 100);
  const at = (maxLatencyMs: number) => {
    const reference = referenceSetting(settings, costs, inUse, { maxLatencyMs });
    return reference === undefined ? undefined : settings[reference];
  };
  expect(at(400)).toEqual({ scorer: 'large', depth: 100, blend: 0 });
  expect(at(250)).toEqual({ scorer: 'large', depth: 50, blend: 0 });
  expect(at(20)).toEqual({ scorer: 'small', depth: 10, blend: 0 });
  expect(at(5)).toBeUndefined();
});

test('the interval of a mean is the same by drawing as by the normal approximation, where that takes over', () => {
  const values = Array.from({ length: 499 }, (_, index) => Math.sin(index * 12.9898) * 0.3 + 0.1);
  const [drawn, computed] = [meanInterval(values, 1), meanInterval([...values, 0.1], 1)];
  expect(drawn.low).toBeCloseTo(computed.low, 2);
  expect(drawn.high).toBeCloseTo(computed.high, 2);
  expect(drawn.low).toBeLessThan(drawn.mean);
});
