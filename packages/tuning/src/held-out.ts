import { dealFolds } from './folds.ts';
import type { QualityTable } from './quality-table.ts';

/** The quality of a way of choosing, on queries that it did not see. */
export interface HeldOut {
  /** The quality on each row, in the order of the rows: the mean over the rounds. */
  readonly quality: Float64Array;
  /** The chosen settings, one per fold and round. */
  readonly chosen: readonly number[];
}

export interface HeldOutRequest {
  readonly table: QualityTable;
  /** The queries that are dealt into folds. */
  readonly rows: readonly number[];
  readonly folds: number;
  /** How often the queries are dealt again. More rounds reduce the effect of one random deal. */
  readonly rounds: number;
  readonly seed: number;
  /** Chooses a setting by the queries of the other folds: their rows, and each setting's mean over them. */
  readonly choose: (rows: readonly number[], means: Float64Array) => number;
}

/** Cross-validation: each fold is measured with the setting that the other folds chose. */
export function heldOut({ table, rows, folds, rounds, seed, choose }: HeldOutRequest): HeldOut {
  const quality = new Float64Array(rows.length);
  const placeOf = new Map(rows.map((row, place) => [row, place]));
  const chosen: number[] = [];
  const total = table.sums(rows);
  for (let round = 0; round < rounds; round += 1) {
    for (const fold of dealFolds(rows, Math.min(folds, rows.length), seed + round)) {
      const inFold = new Set(fold);
      const others = rows.filter((row) => !inFold.has(row));
      const means = table.sums(fold).map((sum, setting) => (total[setting]! - sum) / others.length);
      const setting = choose(others, means);
      chosen.push(setting);
      for (const row of fold) quality[placeOf.get(row)!]! += table.at(row, setting) / rounds;
    }
  }
  return { quality, chosen };
}
