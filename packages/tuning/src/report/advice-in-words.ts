import type { TuningGoal } from '../choose-setting.ts';
import type { TuningResult } from '../tuning-result.ts';
import { change, describeSetting, milliseconds, range } from './numbers.ts';

/**
 * The advice in one or two sentences, for the report, the terminal and the written configuration.
 *
 * @example
 * import { loadCrossEncoder } from '@secondpass/core';
 * import { parseMeasure } from '@secondpass/evaluation';
 * import { modelDirectory } from '@secondpass/models';
 * import { adviceInWords, tune } from '@secondpass/tuning';
 * await using reranker = await loadCrossEncoder(modelDirectory('nano'));
 * const scorers = [{ key: 'nano', model: 'nano', precision: null, batchInvariant: null, reranker }];
 * const candidates = ['Yeast.', 'Salt.'].map((text, index) => ({ id: text, text, score: -index, rank: index + 1 }));
 * const queries = Array.from({ length: 10 }, (_, id) => ({ id: `${id}`, text: 'bread', judgments: new Map([['Salt.', 1]]) }));
 * const setting = { scorer: 'nano', depth: 2, blend: 0 };
 * const rest = { depths: [2], blends: [0], current: setting, goal: { maxLoss: 0.01 }, rounds: 5 };
 * const measure = parseMeasure('recip_rank');
 * const result = await tune({ queries, search: async () => candidates, scorers, measure, ...rest });
 * adviceInWords(result).length > 0; // → true
 */
export function adviceInWords({ advice, settings, current, goal, timings }: TuningResult): string {
  if (!advice) {
    const quickest = Math.min(...settings.map(({ p95Ms }) => p95Ms));
    const limit = 'maxLatencyMs' in goal ? goal.maxLatencyMs : 0;
    return `No setting stays within ${milliseconds(limit)}: the fastest one takes ${milliseconds(quickest)} (p95 of ${timings[0]?.rounds} rounds).`;
  }
  const [advised, reference] = [settings[advice.setting]!, settings[advice.reference]!];
  const name = describeSetting(advised);
  if (advice.setting === advice.reference) {
    if (advice.reference === current)
      return `Keep the setting in use: ${name}. No other setting is shown to be better, or as good and cheaper; the differences may be noise.`;
    return `Use ${name}: the setting in use takes longer than allowed, and no other setting within the limit is shown to be better.`;
  }
  const time = `${milliseconds(advised.p50Ms)} instead of ${milliseconds(reference.p50Ms)}`;
  const { gain } = advice.unseen;
  return `Use ${name} instead of ${describeSetting(reference)}: stage 2 takes ${time} (p50), and on queries that had no part in choosing, the quality changes by ${change(gain.mean)} (95 % interval ${range(gain)}).`;
}

/**
 * The goal as a part of a sentence, for the report and the terminal.
 *
 * @example
 * import { goalInWords } from '@secondpass/tuning';
 * goalInWords({ maxLoss: 0.01 }); // → 'the cheapest setting that loses at most 0.01 against the best'
 */
export function goalInWords(goal: TuningGoal): string {
  if ('maxLoss' in goal) return `the cheapest setting that loses at most ${goal.maxLoss} against the best`;
  return `the best setting whose stage 2 takes at most ${milliseconds(goal.maxLatencyMs)} (p95)`;
}
