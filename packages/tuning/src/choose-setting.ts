import type { SettingCost } from './setting-cost.ts';

/**
 * The goal of tuning: either the cheapest setting (by the median time of stage 2) whose quality is at most `maxLoss`
 * below the best, or the best setting whose stage 2 takes at most `maxLatencyMs` for 95 % of the queries.
 */
export type TuningGoal = { readonly maxLoss: number } | { readonly maxLatencyMs: number };

/**
 * The setting that meets the goal, if these means were exact. Among equal settings, the cheaper, then the better, then
 * the first one wins.
 *
 * @param means one per setting, higher is better
 * @param among indices of the settings that may be chosen, at least one
 *
 * @example
 * import { chooseSetting } from '@secondpass/tuning';
 * const costs = [{ p50Ms: 40, p95Ms: 60 }, { p50Ms: 400, p95Ms: 600 }];
 * chooseSetting([0.69, 0.7], [0, 1], costs, { maxLoss: 0.02 }); // → 0
 */
export function chooseSetting(
  means: ArrayLike<number>,
  among: readonly number[],
  costs: readonly SettingCost[],
  goal: TuningGoal,
): number {
  const best = among.reduce((most, index) => Math.max(most, means[index]!), -Infinity);
  const least = 'maxLoss' in goal ? best - goal.maxLoss : best;
  const byCost = (a: number, b: number): number =>
    costs[a]!.p50Ms - costs[b]!.p50Ms || means[b]! - means[a]! || a - b;
  return among.filter((index) => means[index]! >= least - 1e-12).reduce((a, b) => (byCost(b, a) < 0 ? b : a));
}
