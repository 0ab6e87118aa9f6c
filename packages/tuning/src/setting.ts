/** One way to run stage 2. */
export interface Setting {
  /** The {@link Scorer.key} of a model in a precision. */
  readonly scorer: string;
  /** Candidates that stage 2 reads. */
  readonly depth: number;
  /** Weight of stage 1 in the order, from 0 (stage 2 alone) to 1. */
  readonly blend: number;
}

/**
 * Every combination: by scorer, then depth, then weight.
 *
 * @example
 * import { settingsGrid } from '@secondpass/tuning';
 * settingsGrid(['nano', 'small'], [50, 100], [0, 0.2]).length; // → 8
 */
export function settingsGrid(
  scorers: readonly string[],
  depths: readonly number[],
  blends: readonly number[],
): readonly Setting[] {
  return scorers.flatMap((scorer) =>
    depths.flatMap((depth) => blends.map((blend) => ({ scorer, depth, blend }))),
  );
}

export function isSameSetting(a: Setting, b: Setting): boolean {
  return a.scorer === b.scorer && a.depth === b.depth && a.blend === b.blend;
}
