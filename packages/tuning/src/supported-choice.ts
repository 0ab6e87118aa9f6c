import { chooseSetting, type TuningGoal } from './choose-setting.ts';
import { type HeldOut, heldOut } from './held-out.ts';
import { type MeanInterval, meanInterval, meanOf } from './mean-interval.ts';
import type { QualityTable } from './quality-table.ts';
import type { SettingCost } from './setting-cost.ts';
import type { TuningStep } from './tuning-steps.ts';

/** What {@link advise} chooses from, and by what. */
export interface ChoiceRequest {
  readonly table: QualityTable;
  readonly rows: readonly number[];
  /** The setting to keep if no other is shown to be better. */
  readonly reference: number;
  readonly steps: readonly TuningStep[];
  readonly costs: readonly SettingCost[];
  readonly goal: TuningGoal;
  /** Decides folds and resamples. */
  readonly seed: number;
}

/** The result of a step that widens the choice, measured on queries that had no part in choosing. */
export interface StepVerdict {
  readonly step: TuningStep['name'];
  /** Gain over the choice of the step before. Its interval is 99 %, because several steps are tried. */
  readonly gain: MeanInterval;
  /** Why the step was taken; absent if the difference may be noise. */
  readonly taken?: 'better' | 'cheaper';
}

export interface SupportedChoice {
  readonly setting: number;
  readonly verdicts: readonly StepVerdict[];
}

const innerFolds = 5;
const innerRounds = 3;
const guard = 0.99;
/** A setting that saves less than this share of the time is not worth a change. */
const leastSaving = 0.1;

/**
 * Starts from the reference and widens the choice step by step. A step is taken only if cross-validation over these
 * rows shows that it pays on queries that had no part in choosing: the interval of its gain is above zero; or, if the
 * goal allows a loss, it saves a tenth of the time, stays within that loss, and is not shown to be worse.
 */
export function supportedChoice(request: ChoiceRequest): SupportedChoice {
  const { table, rows, reference, steps, costs, goal, seed } = request;
  const atReference = Float64Array.from(rows, (row) => table.at(row, reference));
  const means = table.sums(rows).map((sum) => sum / rows.length);
  let current: HeldOut = { quality: atReference, chosen: [reference] };
  let setting = reference;
  const verdicts: StepVerdict[] = [];
  for (const { name, among } of steps) {
    const choose = (_: unknown, seen: ArrayLike<number>) => chooseSetting(seen, among, costs, goal);
    const trial = heldOut({ table, rows, folds: innerFolds, rounds: innerRounds, seed, choose });
    const gain = meanInterval(difference(trial.quality, current.quality), seed, guard);
    const taken = judge(trial, gain);
    verdicts.push({ step: name, gain, ...(taken && { taken }) });
    if (!taken) continue;
    current = trial;
    setting = chooseSetting(means, among, costs, goal);
  }
  return { setting, verdicts };

  function judge(trial: HeldOut, gain: MeanInterval): StepVerdict['taken'] {
    if (gain.low > 0) return 'better';
    if (!('maxLoss' in goal) || costOf(trial) > costOf(current) * (1 - leastSaving)) return undefined;
    // The loss is measured from the reference, so that the losses of the steps do not add up.
    const total = meanInterval(difference(trial.quality, atReference), seed);
    return total.mean >= -goal.maxLoss && total.high >= 0 ? 'cheaper' : undefined;
  }

  function costOf({ chosen }: HeldOut): number {
    return meanOf(chosen.map((index) => costs[index]!.p50Ms));
  }
}

export function difference(a: ArrayLike<number>, b: ArrayLike<number>): Float64Array {
  return Float64Array.from({ length: a.length }, (_, index) => a[index]! - b[index]!);
}
