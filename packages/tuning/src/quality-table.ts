import type { Setting } from './setting.ts';

/**
 * What a measure says of each query under each setting; a row per query.
 *
 * @example
 * import { QualityTable, settingsGrid } from '@secondpass/tuning';
 * const table = new QualityTable(settingsGrid(['small int8'], [10, 100], [0]));
 * table.add('q1', 0.4, [0.5, 0.7]);
 * table.at(0, 1); // → 0.7
 */
export class QualityTable {
  readonly settings: readonly Setting[];
  /** The queries' ids, in the order of the rows. */
  readonly queries: string[] = [];
  /** The same measure for stage 1's own order, one value per query. */
  readonly stage1: number[] = [];
  readonly #rows: Float64Array[] = [];

  constructor(settings: readonly Setting[]) {
    this.settings = settings;
  }

  /** @param values one per setting */
  add(query: string, stage1: number, values: readonly number[]): void {
    this.queries.push(query);
    this.stage1.push(stage1);
    this.#rows.push(Float64Array.from(values));
  }

  at(row: number, setting: number): number {
    return this.#rows[row]![setting]!;
  }

  /** The values of one setting, one per query. */
  column(setting: number): readonly number[] {
    return this.#rows.map((row) => row[setting]!);
  }

  /** The sum over some queries, for each setting. */
  sums(rows: readonly number[]): Float64Array {
    const sums = new Float64Array(this.settings.length);
    for (const row of rows) {
      const values = this.#rows[row]!;
      for (let setting = 0; setting < sums.length; setting += 1) sums[setting]! += values[setting]!;
    }
    return sums;
  }
}
