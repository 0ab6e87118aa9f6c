import type { PassageScore } from '../seams/reranker.ts';
import { blendScores } from './blend-scores.ts';
import type { RankOptions } from './rank-options.ts';

/** The weight of stage 1 for the passages that the last model read; 0 or `undefined` if it ordered alone. */
export function weightOfBest(
  scores: readonly (PassageScore | null)[],
  { blend }: Pick<RankOptions, 'blend'>,
): number | undefined {
  if (blend !== undefined) return blend;
  const scored = scores.filter((score) => score !== null);
  const last = Math.max(...scored.map(({ cascadeStage = 0 }) => cascadeStage));
  return scored.find(({ cascadeStage = 0 }) => cascadeStage === last)?.blend;
}

/**
 * The blended score of each scored candidate whose tier is blended, by its index; within the tier, because raw scores compare
 * only there.
 *
 * @param stage1 one score per candidate
 * @param stated the caller's weight; without one each tier has its own
 */
export function blendTiers(
  stage1: readonly number[],
  scores: readonly (PassageScore | null)[],
  stated?: number,
): ReadonlyMap<number, number> {
  const tiers = Map.groupBy(scores.keys(), (index) => scores[index] && (scores[index].cascadeStage ?? 0));
  tiers.delete(null);
  return new Map(
    [...tiers.values()].flatMap((indices) => {
      const weight = stated ?? scores[indices[0]!]!.blend;
      if (!weight) return [];
      const values = blendScores(
        indices.map((index) => stage1[index]!),
        indices.map((index) => scores[index]!.rawScore),
        weight,
      );
      return indices.map((index, position) => [index, values[position]!] as const);
    }),
  );
}

interface Scored {
  readonly scored: PassageScore | null;
  readonly blended?: number | undefined;
}

/** Sorts the best first: by tier, then by the blended score or the raw one; what has no score comes last. */
export function compareScored(
  { scored: a, blended: blendedA }: Scored,
  { scored: b, blended: blendedB }: Scored,
): number {
  if (!a || !b) return Number(b !== null) - Number(a !== null);
  return (b.cascadeStage ?? 0) - (a.cascadeStage ?? 0) || (blendedB ?? b.rawScore) - (blendedA ?? a.rawScore);
}
