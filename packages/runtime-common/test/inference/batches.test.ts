import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { planBatches } from '../../src/inference/batches.ts';

const lengths = fc.array(fc.integer({ min: 1, max: 512 }), { maxLength: 300 });
const budget = fc.integer({ min: 1, max: 4096 });

describe('planBatches', () => {
  test('puts every sequence into exactly one batch', () => {
    fc.assert(
      fc.property(lengths, budget, (tokens, maxBatchTokens) => {
        const placed = planBatches(tokens, maxBatchTokens).flat();
        expect(placed.toSorted((a, b) => a - b)).toEqual(tokens.map((_, index) => index));
      }),
    );
  });

  test('keeps padded tokens under the budget, unless one sequence alone is above it', () => {
    fc.assert(
      fc.property(lengths, budget, (tokens, maxBatchTokens) => {
        for (const batch of planBatches(tokens, maxBatchTokens)) {
          const padded = batch.length * Math.max(...batch.map((index) => tokens[index]!));
          expect(batch.length === 1 || padded <= maxBatchTokens).toBe(true);
        }
      }),
    );
  });

  test('batches neighbors in length, so that little is padding', () => {
    expect(planBatches([10, 100, 12, 90, 11], 200)).toEqual([
      [1, 3],
      [2, 4, 0],
    ]);
  });
});
