import type { TuningResult } from '../tuning-result.ts';
import { type Markup, markup } from './markup.ts';
import { change, describeSetting, milliseconds, quality, range } from './numbers.ts';
import { figure, table } from './parts.ts';
import { linePath, plot, px } from './plot.ts';

/** All settings by time and quality, and the Pareto front as a line. */
export function frontChart(result: TuningResult): Markup {
  const { settings, front, measure, stage1, current, advice } = result;
  const advised = advice?.setting;
  const chart = plot({
    title: `${measure.label} against milliseconds of stage 2 for ${settings.length} settings, ${front.length} of them on the Pareto front`,
    x: {
      label: 'milliseconds of stage 2 (p50)',
      values: settings.map(({ p50Ms }) => p50Ms),
      fromZero: true,
    },
    y: {
      label: measure.label,
      values: [stage1.quality.mean, ...settings.map((one) => one.quality)],
    },
    draw: (x, y) => {
      const place = (index: number) =>
        [x.at(settings[index]!.p50Ms), y.at(settings[index]!.quality)] as const;
      const mark = (index: number, css: string, radius: number) =>
        markup`<circle class="${css}" cx="${px(place(index)[0])}" cy="${px(place(index)[1])}" r="${radius}"><title>${describeSetting(settings[index]!)}: ${quality(settings[index]!.quality)}, ${milliseconds(settings[index]!.p50Ms)}</title></circle>`;
      const base = px(y.at(stage1.quality.mean));
      return [
        markup`<line class="stage1" x1="${px(x.at(x.low))}" x2="${px(x.at(x.high))}" y1="${base}" y2="${base}"/>`,
        ...settings.map((_, index) => mark(index, 'dot', 2.5)),
        markup`<path class="front" d="${linePath(front.map(place))}"/>`,
        ...front.map((index) => mark(index, 'front', 4)),
        mark(current, 'current', 9),
        advised === undefined ? markup`` : mark(advised, 'advised', 6),
      ];
    },
  });
  return figure({
    heading: 'Quality against latency',
    caption: `Each dot is a setting. The line is the Pareto front: it joins the settings that no other beats. Chance makes its upper end too high, because the same queries chose these settings and measured them.`,
    chart: markup`${frontLegend(advised !== undefined)}${chart}`,
    data: table(
      ['setting on the front', measure.label, 'above stage 1 (95 %)', 'p50', 'p95'],
      front.map((index) => {
        const one = settings[index]!;
        const cells = [
          quality(one.quality),
          `${change(one.gain.mean)}, ${range(one.gain)}`,
          milliseconds(one.p50Ms),
          milliseconds(one.p95Ms),
        ];
        return [describeSetting(one), ...cells];
      }),
    ),
  });
}

function frontLegend(hasAdvice: boolean): Markup {
  const entries = [
    ['Pareto front', 'front'],
    ['other settings', 'dot'],
    ['in use', 'current'],
    ...(hasAdvice ? [['advised', 'advised']] : []),
  ];
  return markup`<ul class="legend">${entries.map(
    ([label, css]) =>
      markup`<li><svg viewBox="0 0 18 18" width="18" height="18" aria-hidden="true"><circle class="${css}" cx="9" cy="9" r="${css === 'dot' ? 3 : 6}"/></svg>${label}</li>`,
  )}<li><svg viewBox="0 0 28 10" width="28" height="10" aria-hidden="true"><line class="stage1" x1="1" x2="27" y1="5" y2="5"/></svg>stage 1 alone</li></ul>`;
}
