import type { MeasuredSetting, TuningResult } from '../tuning-result.ts';
import { type Markup, markup } from './markup.ts';
import { change, milliseconds, quality, range } from './numbers.ts';
import { figure, table } from './parts.ts';
import { linePath, plot, px } from './plot.ts';
import type { Scale } from './scale.ts';
import { legend, seriesClass } from './series.ts';

/** Quality by depth, one line per scorer, at one blending weight; a cascade's at the weight in use. */
export function qualityByDepth(result: TuningResult, blend: number): Markup {
  const { measure, stage1, scorers } = result;
  const base = stage1.quality.mean;
  const linesOf = new Map(
    scorers.map(({ key }) => {
      const own = result.settings.filter(({ scorer }) => scorer === key);
      const blended = own.filter((setting) => setting.blend === blend);
      return [key, blended.length > 0 ? blended : own];
    }),
  );
  const all = [...linesOf.values()].flat();
  const chart = plot({
    title: `${measure.label} by depth for ${scorers.length} scorers; stage 1 alone has ${quality(base)}`,
    x: {
      label: 'depth: candidates read by stage 2',
      values: all.map(({ depth }) => depth),
      fromZero: true,
    },
    y: {
      label: measure.label,
      values: [base, ...all.flatMap(({ gain }) => [base + gain.low, base + gain.high])],
    },
    draw: (x, y) => [
      markup`<line class="stage1" x1="${px(x.at(x.low))}" x2="${px(x.at(x.high))}" y1="${px(y.at(base))}" y2="${px(y.at(base))}"/>`,
      ...[...linesOf].map(([key, line]) => band(line, base, x, y, seriesClass(result, key))),
      ...[...linesOf].map(([key, line]) => dottedLine(line, x, y, seriesClass(result, key))),
    ],
  });
  const rows = all.map((one) => [
    one.scorer,
    String(one.depth),
    quality(one.quality),
    `${change(one.gain.mean)}, ${range(one.gain)}`,
    quality(stage1.ceilings.find(({ depth }) => depth === one.depth)!.quality),
  ]);
  return figure({
    heading: 'Quality by depth',
    caption: `Mean ${measure.label} over ${result.queries.used} queries${blend === 0 ? '' : `, with blending weight ${blend}`}. The bands are 95 % intervals of the difference from stage 1, query by query, drawn around the line: where a band stays above the stage-1 line, reranking is shown to help.`,
    chart: markup`${legend(result, [['stage 1 alone', 'stage1']])}${chart}`,
    data: table(['scorer', 'depth', measure.label, 'above stage 1 (95 %)', 'best possible order'], rows),
  });
}

function band(line: readonly MeasuredSetting[], base: number, x: Scale, y: Scale, css: string): Markup {
  const upper = line.map(({ depth, gain }) => [x.at(depth), y.at(base + gain.high)] as const);
  const lower = line.map(({ depth, gain }) => [x.at(depth), y.at(base + gain.low)] as const).reverse();
  return markup`<path class="band ${css}" d="${linePath([...upper, ...lower])}Z"/>`;
}

function dottedLine(line: readonly MeasuredSetting[], x: Scale, y: Scale, css: string): Markup {
  const points = line.map((one) => [x.at(one.depth), y.at(one.quality)] as const);
  return markup`<path class="${css}" d="${linePath(points)}"/>${line.map(
    (one, index) =>
      markup`<circle class="${css}" cx="${px(points[index]![0])}" cy="${px(points[index]![1])}" r="3.5"><title>${one.scorer}, depth ${one.depth}: ${quality(one.quality)}, ${milliseconds(one.p50Ms)}</title></circle>`,
  )}`;
}

/** Time of stage 2 by depth: the median as a line, p95 as whiskers. */
export function latencyByDepth(result: TuningResult): Markup {
  const { timings, scorers, depths } = result;
  const timed = timings.filter(({ scorer }) => scorer !== null);
  const chart = plot({
    title: `Milliseconds of stage 2 by depth for ${scorers.length} scorers`,
    x: { label: 'depth: candidates read by stage 2', values: depths, fromZero: true, format: String },
    y: {
      label: 'milliseconds',
      values: timed.map(({ p95Ms }) => p95Ms),
      fromZero: true,
    },
    draw: (x, y) =>
      scorers.map(({ key }, place) => {
        // Whiskers at the same depth are drawn side by side.
        const aside = (place - (scorers.length - 1) / 2) * 2.5;
        const css = seriesClass(result, key);
        const line = timed.filter(({ scorer }) => scorer === key);
        const points = line.map(({ depth, p50Ms }) => [x.at(depth) + aside, y.at(p50Ms)] as const);
        return markup`<path class="${css}" d="${linePath(points)}"/>${line.map(
          ({ depth, p50Ms, p95Ms }) =>
            markup`<line class="whisker ${css}" x1="${px(x.at(depth) + aside)}" x2="${px(x.at(depth) + aside)}" y1="${px(y.at(p50Ms))}" y2="${px(y.at(p95Ms))}"/><circle class="${css}" cx="${px(x.at(depth) + aside)}" cy="${px(y.at(p50Ms))}" r="3.5"><title>${key}, depth ${depth}: p50 ${milliseconds(p50Ms)}, p95 ${milliseconds(p95Ms)}</title></circle>`,
        )}`;
      }),
  });
  return figure({
    heading: 'Latency by depth',
    caption: `Time that stage 2 takes for one query at a time, measured at each depth in ${timed[0]?.rounds} interleaved rounds over different queries. Dots are the median (p50), whiskers reach to p95.`,
    chart: markup`${legend(result, [])}${chart}`,
    data: table(
      ['stage', 'depth', 'p50', 'p95'],
      timings.map(({ scorer, depth, p50Ms, p95Ms }) => [
        scorer ?? 'stage 1 (embed and search)',
        String(depth),
        milliseconds(p50Ms),
        milliseconds(p95Ms),
      ]),
    ),
  });
}
