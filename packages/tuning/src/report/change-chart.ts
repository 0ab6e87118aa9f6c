import type { QueryOutcome } from '../query-outcome.ts';
import type { TuningResult } from '../tuning-result.ts';
import { type Markup, markup } from './markup.ts';
import { change, quality } from './numbers.ts';
import { figure, table } from './parts.ts';
import { plot, px } from './plot.ts';

/** More bars than this cannot be distinguished; of more queries, only every n-th is drawn. */
const mostBars = 240;
const rowsInTable = 200;

/** The change of each query from another order to the advised setting, as bars from worst to best. */
export function changeChart(
  result: TuningResult,
  { against, name }: { readonly against: 'stage1' | 'current'; readonly name: string },
): Markup {
  const { perQuery, measure } = result;
  const changes = perQuery
    .map((outcome) => ({ outcome, by: outcome.advised - outcome[against] }))
    .sort((a, b) => a.by - b.by);
  const won = changes.filter(({ by }) => by > 1e-9).length;
  const lost = changes.filter(({ by }) => by < -1e-9).length;
  const every = Math.ceil(changes.length / mostBars);
  const drawn = changes.filter((_, index) => index % every === 0);
  const chart = plot({
    title: `Change of ${measure.label} of each query against ${name}: ${won} better, ${lost} worse`,
    x: {
      label: 'queries, from the worst change to the best',
      values: [0, drawn.length],
      format: (value) => (every === 1 ? String(value) : String(value * every)),
    },
    y: {
      label: `change of ${measure.label}`,
      values: [0, ...drawn.map(({ by }) => by)],
      format: (value) => change(value).replace(/0$/, ''),
    },
    draw: (x, y) => {
      const step = x.at(1) - x.at(0);
      const bars = drawn.map(({ outcome, by }, index) => {
        const top = Math.min(y.at(by), y.at(0));
        const height = Math.max(Math.abs(y.at(by) - y.at(0)), 0.5);
        return markup`<rect class="${by < 0 ? 'worse' : 'better'}" x="${px(x.at(index))}" y="${px(top)}" width="${px(Math.max(step * 0.85, 0.8))}" height="${px(height)}"><title>${outcome.query}: ${quality(outcome[against])} → ${quality(outcome.advised)}</title></rect>`;
      });
      return [
        ...bars,
        markup`<line class="zero" x1="${px(x.at(x.low))}" x2="${px(x.at(x.high))}" y1="${px(y.at(0))}" y2="${px(y.at(0))}"/>`,
      ];
    },
  });
  return figure({
    heading: `Query by query, against ${name}`,
    caption: `${won} queries are better, ${lost} are worse, ${changes.length - won - lost} are equal.${every === 1 ? '' : ` One bar stands for ${every} queries.`}`,
    chart,
    data: changeTable(
      changes.map(({ outcome }) => outcome),
      against,
      name,
    ),
  });
}

function changeTable(outcomes: readonly QueryOutcome[], against: 'stage1' | 'current', name: string): Markup {
  const ends =
    outcomes.length <= rowsInTable
      ? outcomes
      : [...outcomes.slice(0, rowsInTable / 2), ...outcomes.slice(-rowsInTable / 2)];
  const rows = ends.map((one) => [
    one.query,
    quality(one[against]),
    quality(one.advised),
    change(one.advised - one[against]),
  ]);
  const note =
    ends === outcomes
      ? undefined
      : markup`<p>The ${rowsInTable / 2} worst and the ${rowsInTable / 2} best.</p>`;
  return markup`${note}${table(['query', name, 'advised', 'change'], rows)}`;
}
