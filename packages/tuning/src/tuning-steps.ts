import type { TuningGoal } from './choose-setting.ts';
import type { Setting } from './setting.ts';
import type { SettingCost } from './setting-cost.ts';

/** A set of settings to choose from. Each step's set includes that of the step before. */
export interface TuningStep {
  readonly name: 'cheaper' | 'any depth and model' | 'blended';
  /** Indices of settings, the reference among them. */
  readonly among: readonly number[];
}

/**
 * The steps, from little to much freedom: settings that cost no more than the reference; any depth, model and
 * precision; any blending weight. A free weight overfits easily, so it comes last and has to pay for itself.
 *
 * @param reference index of the setting to start from
 *
 * @example
 * import { settingsGrid, tuningSteps } from '@secondpass/tuning';
 * const settings = settingsGrid(['small'], [10, 100], [0]);
 * const costs = [{ p50Ms: 40, p95Ms: 60 }, { p50Ms: 400, p95Ms: 600 }];
 * tuningSteps(settings, costs, 0, { maxLoss: 0.01 }).map(({ among }) => among); // → [ [ 0 ], [ 0, 1 ], [ 0, 1 ] ]
 */
export function tuningSteps(
  settings: readonly Setting[],
  costs: readonly SettingCost[],
  reference: number,
  goal: TuningGoal,
): readonly TuningStep[] {
  const allowed = allowedSettings(costs, goal);
  const { blend } = settings[reference]!;
  const unblended = allowed.filter((index) => settings[index]!.blend === blend);
  const cheaper = unblended.filter((index) => costs[index]!.p50Ms <= costs[reference]!.p50Ms);
  return [
    ...('maxLoss' in goal ? [{ name: 'cheaper' as const, among: cheaper }] : []),
    { name: 'any depth and model', among: unblended },
    { name: 'blended', among: allowed },
  ];
}

/** The settings within the goal's time limit. */
function allowedSettings(costs: readonly SettingCost[], goal: TuningGoal): readonly number[] {
  const every = [...costs.keys()];
  if ('maxLoss' in goal) return every;
  return every.filter((index) => costs[index]!.p95Ms <= goal.maxLatencyMs);
}

/**
 * The setting that choices are compared with: the setting in use; if it is too slow, the same scorer at the greatest
 * depth within the limit; otherwise the fastest setting. `undefined` if none is fast enough.
 *
 * @param current index of the setting in use
 *
 * @example
 * import { referenceSetting, settingsGrid } from '@secondpass/tuning';
 * const settings = settingsGrid(['small'], [10, 100], [0]);
 * const costs = [{ p50Ms: 40, p95Ms: 60 }, { p50Ms: 400, p95Ms: 600 }];
 * referenceSetting(settings, costs, 1, { maxLatencyMs: 100 }); // → 0
 */
export function referenceSetting(
  settings: readonly Setting[],
  costs: readonly SettingCost[],
  current: number,
  goal: TuningGoal,
): number | undefined {
  const allowed = allowedSettings(costs, goal);
  if (allowed.includes(current)) return current;
  const { scorer, blend } = settings[current]!;
  const sameBlend = allowed.filter((index) => settings[index]!.blend === blend);
  const shallower = sameBlend.filter((index) => settings[index]!.scorer === scorer);
  if (shallower.length > 0)
    return shallower.reduce((a, b) => (settings[b]!.depth > settings[a]!.depth ? b : a));
  return sameBlend.reduce<number | undefined>(
    (a, b) => (a === undefined || costs[b]!.p95Ms < costs[a]!.p95Ms ? b : a),
    undefined,
  );
}
