import { type HeldOut, heldOut } from './held-out.ts';
import { type MeanInterval, meanInterval } from './mean-interval.ts';
import { type ChoiceRequest, difference, type StepVerdict, supportedChoice } from './supported-choice.ts';

/** A setting, what speaks for it, and what it gives. */
export interface Advice {
  /** Index of the advised setting; the reference where nothing better is shown. */
  readonly setting: number;
  /** Index of the setting that it was compared with. */
  readonly reference: number;
  /** What each widening of the choice would have brought. */
  readonly verdicts: readonly StepVerdict[];
  /** Of the advised setting, on the queries that chose it: too good by what chance added. */
  readonly inSample: Estimate;
  /** Of choosing this way, on queries that had no part in choosing: what to expect. */
  readonly unseen: Estimate;
  /** What the outer folds chose, most often first, as a share of them. */
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
 * decide whether a choice is more than noise, outer folds measure what choosing so gives on queries that it never saw.
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
 * Folds share most of the queries that chose for them, so their gains are less independent than a bootstrap takes them to be.
 * The factor is that of Nadeau & Bengio (2003, "Inference for the Generalization Error").
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
