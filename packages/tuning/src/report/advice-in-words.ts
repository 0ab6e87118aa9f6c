import type { TuningGoal } from '../choose-setting.ts';
import type { TuningResult } from '../tuning-result.ts';
import { change, describeSetting, milliseconds, range } from './numbers.ts';

/** The advice in one or two sentences, for the report, the terminal and the written configuration. */
export function adviceInWords({ advice, settings, current, goal, timings }: TuningResult): string {
  if (!advice) {
    const quickest = Math.min(...settings.map(({ p95Ms }) => p95Ms));
    const limit = 'maxLatencyMs' in goal ? goal.maxLatencyMs : 0;
    return `No setting stays within ${milliseconds(limit)}: the quickest one takes ${milliseconds(quickest)} (p95 of ${timings[0]?.rounds} rounds).`;
  }
  const [advised, reference] = [settings[advice.setting]!, settings[advice.reference]!];
  const name = describeSetting(advised);
  if (advice.setting === advice.reference) {
    if (advice.reference === current)
      return `Keep what is in use: ${name}. No other setting is shown to be better or as good and cheaper; the differences may be noise.`;
    return `Use ${name}: what is in use takes longer than allowed, and nothing else within the limit is shown to be better.`;
  }
  const time = `${milliseconds(advised.p50Ms)} instead of ${milliseconds(reference.p50Ms)}`;
  const { gain } = advice.unseen;
  return `Use ${name} instead of ${describeSetting(reference)}: stage 2 takes ${time} (p50), and on queries that had no part in choosing, the quality changes by ${change(gain.mean)} (95 % interval ${range(gain)}).`;
}

export function goalInWords(goal: TuningGoal): string {
  if ('maxLoss' in goal) return `the cheapest setting that loses at most ${goal.maxLoss} against the best`;
  return `the best setting whose stage 2 takes at most ${milliseconds(goal.maxLatencyMs)} (p95)`;
}
