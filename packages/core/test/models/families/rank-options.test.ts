import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type CandidateSource,
  type PassageScore,
  type RankOptions,
  type Reranker,
  rank,
  TwoStageRetriever,
} from '../../../src/index.ts';
import { scaleScores, scoreScalings } from '../../../src/retrieval/ranking/rank-options.ts';

const sigmoid = (raw: number) => 1 / (1 + Math.exp(-raw));
const scored = (...rawScores: number[]): PassageScore[] =>
  rawScores.map((rawScore) => ({ rawScore, score: sigmoid(rawScore), tokensCut: 0 }));
const candidates = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    id: `${index}`,
    text: `text ${index}`,
    score: 1 - index / 10,
    rank: index + 1,
  }));

describe('the score of a list', () => {
  test('with any normalization stays in [0, 1], in the order of the raw scores', () => {
    const raw = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(raw, fc.constantFrom(...scoreScalings), (rawScores, scoreScaling) => {
        const hits = rank(candidates(rawScores.length), scored(...rawScores), rawScores.length, {
          scoreScaling,
        });
        for (const [index, { score, rawScore }] of hits.entries()) {
          expect(score).toBeGreaterThanOrEqual(0);
          expect(score).toBeLessThanOrEqual(1);
          if (index === 0) continue;
          expect(hits[index - 1]!.rawScore!).toBeGreaterThanOrEqual(rawScore!);
          expect(hits[index - 1]!.score).toBeGreaterThanOrEqual(score);
        }
      }),
    );
  });

  test('min-max spans 0 to 1; a single one, and equal ones, are the best there is', () => {
    expect(scaleScores(scored(3, 1, 2), 'min-max').map((score) => score!.score)).toEqual([1, 0, 0.5]);
    expect(scaleScores(scored(-7), 'min-max')[0]!.score).toBe(1);
    expect(scaleScores(scored(4, 4), 'min-max').map((score) => score!.score)).toEqual([1, 1]);
  });

  test('softmax shares 1, also among logits that no exponential could hold', () => {
    const shares = scaleScores(scored(2000, 2000, 1999), 'softmax').map((score) => score!.score);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
    expect(shares[0]! / shares[2]!).toBeCloseTo(Math.E, 9);
  });

  test('of a passage that was not scored is none', () => {
    expect(scaleScores([null, ...scored(1, 2)], 'min-max').map((score) => score?.score)).toEqual([
      undefined,
      0,
      1,
    ]);
  });
});

describe('minScore', () => {
  test('leaves out hits below it, by the score that is shown', () => {
    const scores = scored(2, -2, 0);
    expect(rank(candidates(3), scores, 3, { minScore: 0.5 }).map(({ candidate }) => candidate.id)).toEqual([
      '0',
      '2',
    ]);
    const places = rank(candidates(3), scores, 3, { minScore: 0.6, scoreScaling: 'min-max' });
    expect(places.map(({ rank, score }) => [rank, score])).toEqual([[1, 1]]);
  });

  test('leaves out what was not scored', () => {
    expect(rank(candidates(2), [null, ...scored(5)], 2, { minScore: 0 })).toHaveLength(1);
    expect(rank(candidates(2), [null, ...scored(5)], 2)).toHaveLength(2);
  });

  test.each<RankOptions>([
    { minScore: 1.5 },
    { minScore: Number.NaN },
    { minScore: '0.5' as never },
    { scoreScaling: 'sigmoid' as never },
  ])('%j is refused', (options) => {
    expect(() => rank(candidates(1), scored(1), 1, options)).toThrow(Object.keys(options)[0]!);
  });
});

describe('a retriever', () => {
  const source: CandidateSource = { name: 'list', input: 'text', search: async () => candidates(4) };
  const reranker: Reranker = { name: 'fixed', score: async () => scored(3, -3, 1, -1) };

  test('says how many hits its threshold left out', async () => {
    const retriever = new TwoStageRetriever({ source, reranker, minScore: 0.5 });
    const ranking = await retriever.retrieve('bridge', { topK: 1 });
    expect(ranking.hits.map(({ candidate }) => candidate.id)).toEqual(['0']);
    expect(ranking.belowMinScore).toBe(2);
    const higher = await retriever.retrieve('bridge', { minScore: 0.9 });
    expect(higher).toMatchObject({ belowMinScore: 3, hits: [{ candidate: { id: '0' } }] });
    expect(await new TwoStageRetriever({ source, reranker }).retrieve('bridge')).not.toHaveProperty(
      'belowMinScore',
    );
  });

  test('leaves a stage-1 order alone: its scores are another scale', async () => {
    const failing: Reranker = { name: 'failing', score: () => Promise.reject<[]>(new Error('down')) };
    const retriever = new TwoStageRetriever({
      source,
      reranker: failing,
      minScore: 0.99,
      onRerankFailure: 'keep-stage-1',
    });
    const ranking = await retriever.retrieve('bridge');
    expect(ranking.hits).toHaveLength(4);
    expect(ranking.belowMinScore).toBeUndefined();
  });

  test('refuses a threshold that no score could be compared with', async () => {
    expect(() => new TwoStageRetriever({ source, reranker, minScore: 7 })).toThrow('minScore is 7');
    const retriever = new TwoStageRetriever({ source, reranker });
    await expect(retriever.retrieve('bridge', { minScore: -1 })).rejects.toMatchObject({
      code: 'invalid-options',
    });
  });
});
