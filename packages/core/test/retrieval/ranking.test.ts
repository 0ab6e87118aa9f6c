import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Candidate, rank } from '../../src/index.ts';

const candidatesOf = (count: number): Candidate[] =>
  Array.from({ length: count }, (_, index) => ({
    id: `id-${index}`,
    text: `passage ${index}`,
    score: 1 - index / count,
    rank: index + 1,
  }));
const scored = (rawScore: number) => ({ score: 1 / (1 + Math.exp(-rawScore)), rawScore, tokensCut: 0 });

describe('rank', () => {
  test('is best first with ranks from 1, equal scores in stage-1 order, and cut to topK', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -3, max: 3 }), { maxLength: 60 }),
        fc.integer({ min: 1, max: 70 }),
        (raw, topK) => {
          const hits = rank(candidatesOf(raw.length), raw.map(scored), topK);
          expect(hits).toHaveLength(Math.min(topK, raw.length));
          hits.forEach((hit, index) => {
            expect(hit.rank).toBe(index + 1);
            const next = hits[index + 1];
            if (!next) return;
            expect(hit.rawScore!).toBeGreaterThanOrEqual(next.rawScore!);
            if (hit.rawScore === next.rawScore) expect(hit.candidate.rank).toBeLessThan(next.candidate.rank);
          });
        },
      ),
    );
  });

  test('puts what stage 2 did not score below what it did, in stage-1 order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.option(fc.integer({ min: -3, max: 3 }), { nil: null }), { maxLength: 60 }),
        (raw) => {
          const candidates = candidatesOf(raw.length);
          const hits = rank(
            candidates,
            raw.map((value) => (value === null ? null : scored(value))),
            raw.length + 1,
          );
          const count = raw.filter((value) => value !== null).length;
          expect(hits.slice(0, count).every(({ rawScore }) => rawScore !== undefined)).toBe(true);
          const unscored = candidates.filter((_, index) => raw[index] === null);
          expect(hits.slice(count).map(({ candidate }) => candidate)).toEqual(unscored);
          for (const { score, rawScore, candidate } of hits.slice(count)) {
            expect({ score, rawScore }).toEqual({ score: candidate.score, rawScore: undefined });
          }
        },
      ),
    );
  });

  test('gives the candidate back as stage 1 left it, and says what was cut', () => {
    const candidates = candidatesOf(2);
    const [first, second] = rank(candidates, [scored(-1), { ...scored(5), tokensCut: 7 }], 2);
    expect(first!.candidate).toBe(candidates[1]);
    expect(first!.tokensCut).toBe(7);
    expect(second).not.toHaveProperty('tokensCut');
  });

  test('normalizes within each tier, where one model read all', () => {
    const tiered = [
      scored(-4),
      { ...scored(80), cascadeStage: 1 },
      scored(2),
      { ...scored(60), cascadeStage: 1 },
    ];
    const hits = rank(candidatesOf(4), tiered, 4, { scoreScaling: 'min-max' });
    expect(hits.map(({ candidate, score }) => [candidate.id, score])).toEqual([
      ['id-1', 1],
      ['id-3', 0],
      ['id-2', 1],
      ['id-0', 0],
    ]);
  });
});
