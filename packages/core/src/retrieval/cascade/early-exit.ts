import { z } from 'zod';
import { integer, number } from '../../foundation/check-options.ts';

/** When a stage may stop reading; plain numbers that {@link calibrateCascade} finds. Keep them as JSON. */
export interface EarlyExit {
  /** How many of the stage's best are wanted: the retriever's `topK`, or the `best` of the stage after it. */
  readonly topK: number;
  /** Passages read between two checks. */
  readonly step: number;
  /** By how much the stage's score rises per unit of the score before it, within one query. */
  readonly slope: number;
  /** The stage stops when the score predicted for the next passage is lower than its k-th best by more than this. */
  readonly gap: number;
}

/** A passage's raw scores by the model before and by this stage's. */
export interface ReadPassage {
  /** By the model before this stage's. */
  readonly earlier: number;
  /** By this stage's model. */
  readonly later: number;
}

/**
 * By how much the k-th best score so far exceeds the score predicted for the next passage. The prediction starts at
 * the mean of the passages read so far and follows the slope, so it does not matter if all scores of one query are
 * higher than another's.
 *
 * @param read at least `topK` passages, in any order
 */
export function marginOver(
  next: number,
  read: readonly ReadPassage[],
  { topK, slope }: Pick<EarlyExit, 'topK' | 'slope'>,
): number {
  const mean = (key: keyof ReadPassage) => read.reduce((sum, passage) => sum + passage[key], 0) / read.length;
  const foretold = mean('later') + slope * (next - mean('earlier'));
  const best = read.map(({ later }) => later).sort((a, b) => b - a);
  return best[topK - 1]! - foretold;
}

/** How many passages are read before the first check. */
export function firstStep({ topK, step }: Pick<EarlyExit, 'topK' | 'step'>): number {
  return Math.ceil(topK / step) * step;
}

/** The schema of an {@link EarlyExit}, for the options that include one. */
export const earlyExitSchema = z.strictObject({
  topK: integer(1, 1_000_000),
  step: integer(1, 1_000_000),
  slope: number(0, Number.MAX_VALUE),
  gap: z.custom<number>(Number.isFinite, 'a finite number, as calibrateCascade gives it'),
});
