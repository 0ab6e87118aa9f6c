import { RetrievalError } from '../../foundation/retrieval-error.ts';
import type { PassageScore } from '../seams/reranker.ts';

/**
 * What `score` is: the reranker's own relevance (`model`; a local model's sigmoid, the same for a passage whatever else is
 * in the list), or its place in this list: from 0 for the worst to 1 for the best (`min-max`), or a share of 1 that all
 * passages divide among themselves (`softmax` of the raw scores). The order is the same with each.
 */
export const scoreNormalisations = ['model', 'min-max', 'softmax'] as const;
export type ScoreNormalisation = (typeof scoreNormalisations)[number];

export interface RankOptions {
  /**
   * Hits with a lower `score` are left out, from 0 to 1, after `normalise`. A passage that was not scored is left out too,
   * as nothing says that it is relevant. @default none is left out
   */
  readonly minScore?: number;
  /** What `score` is. @default 'model' */
  readonly normalise?: ScoreNormalisation;
  /**
   * Weight of stage 1 in the order, from 0 (stage 2 alone) to 1: hits are ordered by `blendScores` of both stages' scores.
   * `score` and `rawScore` stay stage 2's. @default 0 in `rank`; in a pipeline what the reranker states for this stage 1
   * (`Reranker.defaultBlend`), else 0
   */
  readonly blend?: number;
}

/** @throws RetrievalError `invalid-options`, naming the option */
export function checkRankOptions({ minScore, normalise, blend }: RankOptions, origin: string): void {
  const refuse = (problem: string, nextStep: string): never => {
    throw new RetrievalError({ code: 'invalid-options', origin, problem, nextStep });
  };
  if (minScore !== undefined && !(typeof minScore === 'number' && minScore >= 0 && minScore <= 1)) {
    refuse(
      `minScore is ${JSON.stringify(minScore)}.`,
      'Use a number from 0 to 1: it is compared with score.',
    );
  }
  if (blend !== undefined && !(typeof blend === 'number' && blend >= 0 && blend <= 1)) {
    refuse(`blend is ${JSON.stringify(blend)}.`, 'Use a number from 0 (stage 2 alone) to 1 (stage 1 alone).');
  }
  if (normalise !== undefined && !scoreNormalisations.includes(normalise)) {
    refuse(`normalise is ${JSON.stringify(normalise)}.`, `Use one of ${scoreNormalisations.join(', ')}.`);
  }
}

/**
 * Replaces each `score` by the passage's place in the list, in float64; where models read a list in tiers, by its place
 * among those of its tier, as raw scores compare there only. Equal raw scores stay equal, and when all are equal, `min-max`
 * gives each of them 1: none is worse than the best.
 */
export function normaliseScores(
  scores: readonly (PassageScore | null)[],
  normalise: ScoreNormalisation = 'model',
): readonly (PassageScore | null)[] {
  if (normalise === 'model') return scores;
  const tiers = Map.groupBy(
    scores.filter((score) => score !== null),
    ({ tier = 0 }) => tier,
  );
  const places = new Map(
    [...tiers].map(([tier, members]) => [
      tier,
      placeAmong(
        members.map(({ rawScore }) => rawScore),
        normalise,
      ),
    ]),
  );
  return scores.map((score) => score && { ...score, score: places.get(score.tier ?? 0)!(score.rawScore) });
}

function placeAmong(
  rawScores: readonly number[],
  normalise: Exclude<ScoreNormalisation, 'model'>,
): (raw: number) => number {
  const [lowest, highest] = rawScores.reduce(
    ([low, high], raw) => [Math.min(low, raw), Math.max(high, raw)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  ) as [number, number];
  const sum = rawScores.reduce((total, raw) => total + Math.exp(raw - highest), 0);
  return (raw) => {
    if (normalise === 'softmax') return Math.exp(raw - highest) / sum;
    return highest === lowest ? 1 : (raw - lowest) / (highest - lowest);
  };
}
