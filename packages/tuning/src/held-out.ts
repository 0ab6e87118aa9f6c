import { dealFolds } from './folds.ts';
import type { QualityTable } from './quality-table.ts';

/** What a way of choosing gives on queries that it did not see. */
export interface HeldOut {
  /** Its quality on each of the rows, in their order: the mean over the rounds. */
  readonly quality: Float64Array;
  /** The settings chosen, one a fold and round. */
  readonly chosen: readonly number[];
}

export interface HeldOutRequest {
  readonly table: QualityTable;
  /** The queries that are dealt into folds. */
  readonly rows: readonly number[];
  readonly folds: number;
  /** How often they are dealt anew; more rounds leave less to the chance of one deal. */
  readonly rounds: number;
  readonly seed: number;
  /** Chooses a setting by the queries of the other folds: their rows, and each setting's mean over them. */
  readonly choose: (rows: readonly number[], means: Float64Array) => number;
}

/** Cross-validation: each fold is measured under the setting that the others chose. */
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
