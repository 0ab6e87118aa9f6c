import { z } from 'zod';
import { checkOptions, number, oneOf } from '../../foundation/check-options.ts';
import type { PassageScore } from '../seams/reranker.ts';

/**
 * What `score` is: the reranker's own relevance (`model`; a local model's sigmoid, which does not depend on the other
 * passages of the list), or its place in this list: from 0 for the worst to 1 for the best (`min-max`), or a share of
 * 1 that all passages divide among themselves (`softmax` of the raw scores). The order is the same with each.
 */
export const scoreScalings = ['model', 'min-max', 'softmax'] as const;
/** What `score` is; see {@link scoreScalings}. */
export type ScoreScaling = (typeof scoreScalings)[number];

/** How scores become a ranking. */
export interface RankOptions {
  /**
   * Hits with a lower `score` are left out, from 0 to 1, after `scoreScaling`. A passage that was not scored is left
   * out too.
   * @default all are kept
   */
  readonly minScore?: number;
  /** What `score` is. @default 'model' */
  readonly scoreScaling?: ScoreScaling;
  /**
   * Weight of stage 1 in the order, from 0 (stage 2 alone) to 1: hits are ordered by `blendScores` of both stages' scores.
   * `score` and `rawScore` stay stage 2's.
   * @default what the scores bring (`PassageScore.blend`); in a pipeline what the reranker states for this stage 1
   * (`Reranker.defaultBlend`); otherwise 0
   */
  readonly blend?: number;
}

/** Schemas of the rank options, for the options that include them. */
export const rankOptionShape = {
  minScore: number(0, 1).optional(),
  scoreScaling: oneOf(scoreScalings).optional(),
  blend: number(0, 1).optional(),
};

const rankOptionsSchema = z.strictObject(rankOptionShape);

/** @throws RetrievalError `invalid-options`, naming the option */
export function checkRankOptions(options: RankOptions, origin: string): void {
  checkOptions(rankOptionsSchema, options, { origin });
}

/**
 * Replaces each `score` by the passage's place in the list, in float64; in a cascade, by its place within its tier,
 * because raw scores compare only there. Equal raw scores stay equal, and when all are equal, `min-max` gives each of
 * them 1: none is worse than the best.
 */
export function scaleScores(
  scores: readonly (PassageScore | null)[],
  scoreScaling: ScoreScaling = 'model',
): readonly (PassageScore | null)[] {
  if (scoreScaling === 'model') return scores;
  const tiers = Map.groupBy(
    scores.filter((score) => score !== null),
    ({ cascadeStage = 0 }) => cascadeStage,
  );
  const places = new Map(
    [...tiers].map(([cascadeStage, members]) => [
      cascadeStage,
      placeAmong(
        members.map(({ rawScore }) => rawScore),
        scoreScaling,
      ),
    ]),
  );
  return scores.map(
    (score) => score && { ...score, score: places.get(score.cascadeStage ?? 0)!(score.rawScore) },
  );
}

function placeAmong(
  rawScores: readonly number[],
  scoreScaling: Exclude<ScoreScaling, 'model'>,
): (raw: number) => number {
  const [lowest, highest] = rawScores.reduce(
    ([low, high], raw) => [Math.min(low, raw), Math.max(high, raw)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  ) as [number, number];
  const sum = rawScores.reduce((total, raw) => total + Math.exp(raw - highest), 0);
  return (raw) => {
    if (scoreScaling === 'softmax') return Math.exp(raw - highest) / sum;
    return highest === lowest ? 1 : (raw - lowest) / (highest - lowest);
  };
}
