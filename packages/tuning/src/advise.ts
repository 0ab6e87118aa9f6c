import { type HeldOut, heldOut } from './held-out.ts';
import { type MeanInterval, meanInterval } from './mean-interval.ts';
import { type ChoiceRequest, difference, type StepVerdict, supportedChoice } from './supported-choice.ts';

/** The advised setting, the evidence for it, and its expected quality. */
export interface Advice {
  /** Index of the advised setting; the reference if no other is shown to be better. */
  readonly setting: number;
  /** Index of the setting that it was compared with. */
  readonly reference: number;
  /** The result of each step that widens the choice. */
  readonly verdicts: readonly StepVerdict[];
  /** The advised setting on the queries that chose it. Chance makes this estimate too high. */
  readonly inSample: Estimate;
  /** This way of choosing on queries that had no part in the choice: what to expect. */
  readonly unseen: Estimate;
  /** The settings that the outer folds chose, most frequent first, each with its share of the folds. */
  readonly chosen: readonly { readonly setting: number; readonly share: number }[];
}

/** Quality of a choice, as a measure from 0 to 1. */
export interface Estimate {
  readonly quality: MeanInterval;
  /** Above the reference on the same queries. */
  readonly gain: MeanInterval;
}

const outerFolds = 5;
const outerRounds = 3;

/**
 * Chooses a setting by nested cross-validation (Cawley & Talbot 2010, "On Over-fitting in Model Selection"): inner folds
 * decide whether a choice is more than noise; outer folds measure this way of choosing on queries that it did not see.
 *
 * @example
 * import { advise, QualityTable, tuningSteps } from '@secondpass/tuning';
 * const settings = [0, 1].map((index) => ({ scorer: 'small int8', depth: index ? 100 : 10, blend: 0 }));
 * const table = new QualityTable(settings);
 * for (let query = 0; query < 50; query += 1) table.add(`q${query}`, 0.4, [0.5, 0.7 + (query % 3) / 100]);
 * const costs = [{ p50Ms: 40, p95Ms: 60 }, { p50Ms: 400, p95Ms: 600 }];
 * const goal = { maxLoss: 0.01 };
 * advise({ table, reference: 0, costs, goal, seed: 0, steps: tuningSteps(settings, costs, 0, goal) }).setting; // → 1
 */
export function advise(request: Omit<ChoiceRequest, 'rows'>): Advice {
  const { table, reference, seed } = request;
  const rows = [...table.queries.keys()];
  const { setting, verdicts } = supportedChoice({ ...request, rows });
  const outer = heldOut({
    table,
    rows,
    folds: outerFolds,
    rounds: outerRounds,
    seed: seed + 1,
    choose: (others) => supportedChoice({ ...request, rows: others }).setting,
  });
  const estimate = (quality: ArrayLike<number>): Estimate => ({
    quality: meanInterval(quality, seed),
    gain: meanInterval(difference(quality, table.column(reference)), seed),
  });
  const unseen = estimate(outer.quality);
  return {
    setting,
    reference,
    verdicts,
    inSample: estimate(table.column(setting)),
    unseen: { ...unseen, gain: widened(unseen.gain) },
    chosen: sharesOf(outer),
  };
}

/**
 * Widens an interval, because a bootstrap assumes independent gains. The folds' gains are not independent: their
 * choices share most of the queries. The factor is from Nadeau & Bengio (2003, "Inference for the Generalization
 * Error").
 */
function widened({ mean, low, high }: MeanInterval): MeanInterval {
  const factor = Math.sqrt(1 + outerFolds / (outerFolds - 1));
  return { mean, low: mean - (mean - low) * factor, high: mean + (high - mean) * factor };
}

function sharesOf({ chosen }: HeldOut): Advice['chosen'] {
  return [...Map.groupBy(chosen, (setting) => setting)]
    .map(([setting, times]) => ({ setting, share: times.length / chosen.length }))
    .sort((a, b) => b.share - a.share || a.setting - b.setting);
}
