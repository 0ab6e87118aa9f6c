import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { QualityTable } from '../src/quality-table.ts';
import type { Setting } from '../src/setting.ts';

/**
 * A table whose truth is known: a query's quality is its own difficulty, the setting's true quality and noise that no other
 * query shares.
 *
 * @param truth of each setting
 * @param noise standard deviation, of each query and setting
 */
export function syntheticTable(
  settings: readonly Setting[],
  { truth, noise, queries, seed }: { truth: readonly number[]; noise: number; queries: number; seed: number },
): QualityTable {
  const random = xoroshiro128plus(seed);
  const normal = () => {
    const sum = Array.from({ length: 12 }, () => uniformFloat64(random)).reduce((a, b) => a + b);
    return sum - 6;
  };
  const table = new QualityTable(settings);
  for (let query = 0; query < queries; query += 1) {
    const difficulty = 0.2 * normal();
    const values = truth.map((quality) => quality + difficulty + noise * normal());
    table.add(`q${query}`, 0.4 + difficulty, values);
  }
  return table;
}
