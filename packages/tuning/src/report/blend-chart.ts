import type { TuningResult } from '../tuning-result.ts';
import { type Markup, markup } from './markup.ts';
import { change, quality } from './numbers.ts';
import { figure, table } from './parts.ts';
import { linePath, plot, px } from './plot.ts';
import { legend, seriesClass } from './series.ts';

/** Quality by the weight of stage 1, one line per scorer, at one depth. */
export function qualityByBlend(result: TuningResult, depth: number): Markup | undefined {
  const { measure, scorers, blends, settings } = result;
  if (blends.length < 2) return undefined;
  const shown = settings.filter((setting) => setting.depth === depth);
  const base = result.stage1.quality.mean;
  const chart = plot({
    title: `${measure.label} by blending weight at depth ${depth}`,
    x: { label: 'weight of stage 1 in the order', values: blends, fromZero: true },
    y: {
      label: measure.label,
      values: [base, ...shown.map((one) => one.quality)],
    },
    draw: (x, y) => [
      markup`<line class="stage1" x1="${px(x.at(x.low))}" x2="${px(x.at(x.high))}" y1="${px(y.at(base))}" y2="${px(y.at(base))}"/>`,
      ...scorers.map(({ key }) => {
        const line = shown.filter(({ scorer }) => scorer === key);
        const css = seriesClass(result, key);
        return markup`<path class="${css}" d="${linePath(line.map((one) => [x.at(one.blend), y.at(one.quality)]))}"/>${line.map(
          (one) =>
            markup`<circle class="${css}" cx="${px(x.at(one.blend))}" cy="${px(y.at(one.quality))}" r="3"><title>${key}, weight ${one.blend}: ${quality(one.quality)}</title></circle>`,
        )}`;
      }),
    ],
  });
  return figure({
    heading: 'Quality by blending weight',
    caption: `At depth ${depth}. Both stages' scores are brought to mean 0 and deviation 1 within a query's candidates, then added with this weight for stage 1. The curve is measured on all queries, so chance makes its peak too high.`,
    chart: markup`${legend(result, [['stage 1 alone', 'stage1']])}${chart}`,
    data: table(
      ['scorer', 'weight', measure.label, 'above stage 1'],
      shown.map((one) => [one.scorer, String(one.blend), quality(one.quality), change(one.gain.mean)]),
    ),
  });
}
