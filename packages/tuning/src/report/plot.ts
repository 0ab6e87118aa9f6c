import { type Markup, markup } from './markup.ts';
import { type Scale, type ScaleRequest, scaleFor } from './scale.ts';

/** Each chart is drawn for wide and for narrow pages, so that its text stays readable; the style sheet shows one. */
export const plotSizes = [
  { name: 'wide', width: 760, height: 340 },
  { name: 'narrow', width: 380, height: 320 },
] as const;
export type PlotSize = (typeof plotSizes)[number];

export interface Axis {
  readonly label: string;
  readonly values: readonly number[];
  readonly fromZero?: boolean;
  /** @default as many decimals as the tick steps need */
  readonly format?: (value: number) => string;
}

export interface PlotRequest {
  /** What the chart shows, for those who cannot see it. */
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  /** Draws the content inside the axes. */
  readonly draw: (x: Scale, y: Scale, size: PlotSize) => Markup | readonly Markup[];
}

const margin = { left: 64, right: 16, top: 14, bottom: 46 };

/** A chart with two axes, at both sizes. */
export function plot(request: PlotRequest): Markup {
  return markup`${plotSizes.map((size) => drawPlot(request, size))}`;
}

function drawPlot({ title, x, y, draw }: PlotRequest, size: PlotSize): Markup {
  const { width, height } = size;
  const [right, bottom] = [width - margin.right, height - margin.bottom];
  const across = axisScale(x, [margin.left, right], size.name === 'wide' ? 8 : 4);
  const up = axisScale(y, [bottom, margin.top], 5);
  return markup`<svg class="plot ${size.name}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">
<g class="grid">${up.ticks.map((tick) => markup`<line x1="${margin.left}" x2="${right}" y1="${px(up.at(tick))}" y2="${px(up.at(tick))}"/>`)}</g>
<g class="axis">${up.ticks.map((tick) => markup`<text x="${margin.left - 8}" y="${px(up.at(tick) + 4)}" text-anchor="end">${written(y, up, tick)}</text>`)}
${across.ticks.map((tick) => markup`<text x="${px(across.at(tick))}" y="${bottom + 18}" text-anchor="middle">${written(x, across, tick)}</text>`)}
<line x1="${margin.left}" x2="${right}" y1="${bottom}" y2="${bottom}"/>
<text class="label" x="${(margin.left + right) / 2}" y="${height - 8}" text-anchor="middle">${x.label}</text>
<text class="label" transform="translate(12 ${(margin.top + bottom) / 2}) rotate(-90)" text-anchor="middle">${y.label}</text></g>
${draw(across, up, size)}
</svg>`;
}

function axisScale({ values, fromZero = false }: Axis, range: ScaleRequest['range'], count: number): Scale {
  return scaleFor({ values, range, count, fromZero });
}

function written({ format }: Axis, { ticks: [first, second] }: Scale, tick: number): string {
  if (format) return format(tick);
  const decimals = Math.max(0, -Math.floor(Math.log10(second! - first!) + 1e-9));
  return tick.toLocaleString('en', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

/** A length in a drawing, rounded to 0.1. */
export function px(value: number): string {
  return value.toFixed(1);
}

/** Points as the `d` attribute of a path. */
export function linePath(points: readonly (readonly [x: number, y: number])[]): string {
  return points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${px(x)} ${px(y)}`).join('');
}
