import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { HedgeBudget } from '../../../src/retrieval/failover/hedge-budget.ts';
import { RecentTimes } from '../../../src/retrieval/failover/recent-times.ts';

test('second requests never exceed their share of the first ones by more than one', () => {
  fc.assert(
    fc.property(
      fc.array(fc.boolean(), { maxLength: 500 }),
      fc.constantFrom(0.05, 0.1, 0.3, 1),
      (wants, share) => {
        const budget = new HedgeBudget(share);
        let spent = 0;
        for (const [calls, want] of wants.entries()) {
          budget.earn();
          if (want && budget.spend()) spent += 1;
          expect(spent).toBeLessThanOrEqual(1 + share * (calls + 1) + 1e-6);
        }
      },
    ),
  );
});

test('at 5 %, twenty calls earn one', () => {
  const budget = new HedgeBudget(0.05);
  expect(budget.spend()).toBe(true);
  for (let call = 0; call < 20; call += 1) {
    expect(budget.spend()).toBe(false);
    budget.earn();
  }
  expect(budget.spend()).toBe(true);
});

test('a percentile is one of the last 200 times, and there is none before 20', () => {
  const times = new RecentTimes();
  for (let call = 1; call < 20; call += 1) times.add(call);
  expect(times.percentile(95)).toBeUndefined();
  times.add(20);
  expect(times.percentile(95)).toBe(19);
  expect(times.percentile(50)).toBe(10);
  for (let call = 0; call < 200; call += 1) times.add(1000 + call);
  expect(times.percentile(1)).toBe(1001);
});
