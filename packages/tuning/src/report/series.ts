import type { TuningResult } from '../tuning-result.ts';
import { type Markup, markup } from './markup.ts';

/** How a scorer is drawn: a color for its model, a dash for its precision. */
export function seriesClass({ scorers }: TuningResult, key: string): string {
  const models = [...new Set(scorers.map(({ model }) => model))];
  const { model, precision } = scorers.find((one) => one.key === key)!;
  return `series s${(models.indexOf(model) % 6) + 1}${precision === 'fp32' ? ' dashed' : ''}`;
}

/** The legend: what each line means. */
export function legend(
  result: TuningResult,
  more: readonly (readonly [label: string, css: string])[],
): Markup {
  const entries = [...result.scorers.map(({ key }) => [key, seriesClass(result, key)] as const), ...more];
  return markup`<ul class="legend">${entries.map(
    ([label, css]) =>
      markup`<li><svg viewBox="0 0 28 10" width="28" height="10" aria-hidden="true"><line class="${css}" x1="1" x2="27" y1="5" y2="5"/></svg>${label}</li>`,
  )}</ul>`;
}
