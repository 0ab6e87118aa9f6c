import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Candidate, rank } from '../../src/index.ts';
import { blendScores } from '../../src/retrieval/ranking/blend-scores.ts';

const numbers = (minLength: number) =>
  fc.array(fc.integer({ min: -50, max: 50 }), { minLength, maxLength: 30 });

describe('blendScores', () => {
  test('at weight 0 orders as stage 2 and at weight 1 as stage 1', () => {
    fc.assert(
      fc.property(numbers(2), (stage2) => {
        const stage1 = stage2.map((_, index) => -index);
        for (const [weight, alone] of [
          [0, stage2],
          [1, stage1],
        ] as const) {
          const blended = blendScores(stage1, stage2, weight);
          for (const [a, first] of alone.entries()) {
            for (const [b, second] of alone.entries()) {
              if (first > second) expect(blended[a]).toBeGreaterThan(blended[b]!);
              if (first === second) expect(blended[a]).toBe(blended[b]);
            }
          }
        }
      }),
    );
  });

  test('does not change when a stage counts in other units', () => {
    fc.assert(
      fc.property(numbers(3), fc.double({ min: 0, max: 1, noNaN: true }), (stage2, weight) => {
        const stage1 = stage2.map((_, index) => 1 / (index + 1));
        const scaled = stage1.map((score) => 1000 * score - 7);
        const blended = blendScores(stage1, stage2, weight);
        for (const [index, value] of blendScores(scaled, stage2, weight).entries()) {
          expect(value).toBeCloseTo(blended[index]!, 8);
        }
      }),
    );
  });

  test('takes nothing from a stage that says the same of all', () => {
    expect(blendScores([0.1, 0.1, 0.1], [1, 2, 3], 0.9)).toEqual(blendScores([5, 5, 5], [1, 2, 3], 0.9));
    expect(blendScores([], [], 0.5)).toEqual([]);
    expect(blendScores([3], [4], 0.5)).toEqual([0]);
  });
});

describe('rank with blend', () => {
  const candidates: Candidate[] = [9, 5, 4, 0].map((score, index) => ({
    id: `${index}`,
    text: 'x',
    score,
    rank: index + 1,
  }));
  const scored = (rawScore: number, cascadeStage?: number) => ({
    score: 0.5,
    rawScore,
    tokensCut: 0,
    ...(cascadeStage !== undefined && { cascadeStage }),
  });

  test('lets a strong first stage overrule a weak preference of the second', () => {
    const scores = [scored(1), scored(1.1), scored(1.05), scored(-8)];
    const ids = (blend?: number) =>
      rank(candidates, scores, 4, blend === undefined ? {} : { blend }).map(({ candidate }) => candidate.id);
    expect(ids()).toEqual(['1', '2', '0', '3']);
    expect(ids(0)).toEqual(['1', '2', '0', '3']);
    expect(ids(0.5)).toEqual(['0', '1', '2', '3']);
    expect(rank(candidates, scores, 1, { blend: 0.5 })[0]).toMatchObject({
      rawScore: 1,
      blended: expect.any(Number),
    });
  });

  test('stays within a tier, and leaves what was not scored below', () => {
    const hits = rank(candidates, [scored(9, 0), scored(1, 1), null, scored(2, 1)], 4, { blend: 0.3 });
    expect(hits.map(({ candidate }) => candidate.id)).toEqual(['3', '1', '0', '2']);
    expect(hits[3]).not.toHaveProperty('blended');
    expect(hits[0]).toMatchObject({ cascadeStage: 1 });
  });

  test.each([-0.1, 1.1, Number.NaN, '0.5'])('refuses a weight of %p', (blend) => {
    expect(() => rank(candidates, [null, null, null, null], 4, { blend: blend as number })).toThrow(
      'blend is',
    );
  });
});
