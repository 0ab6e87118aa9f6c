import type { LossExample, ShownPassage } from '../loss-examples.ts';
import type { TuningResult } from '../tuning-result.ts';
import { type Markup, markup } from './markup.ts';
import { change, quality } from './numbers.ts';

/** The queries that lost most, with their top passages before and after, and the relevant ones. */
export function lossesSection({ losses, measure }: TuningResult): Markup {
  if (losses.length === 0) {
    return markup`<section><h2>Worst losses</h2><p>No query is worse than in stage 1's order, or none was asked for.</p></section>`;
  }
  return markup`<section><h2>Worst losses</h2>
<p>The queries that lost most under the advised setting, compared with stage 1. If a top passage answers the query but has no judgment, the judgments are wrong, not the model.</p>
${losses.map((loss) => example(loss, measure.label))}</section>`;
}

function example(loss: LossExample, label: string): Markup {
  return markup`<article><h3><span class="query">${loss.text}</span>
<small>query ${loss.query} · ${label} ${quality(loss.stage1)} → ${quality(loss.advised)} (${change(loss.advised - loss.stage1)})</small></h3>
<div class="columns"><div><h4>On top before</h4>${list(loss.before)}</div><div><h4>On top after</h4>${list(loss.after)}</div></div>
<h4>Judged relevant</h4>${list(loss.judged)}${loss.judgedLeftOut > 0 && markup`<p class="quiet">and ${loss.judgedLeftOut} more</p>`}</article>`;
}

function list(passages: readonly ShownPassage[]): Markup {
  return markup`<ul class="passages">${passages.map(
    (one) =>
      markup`<li><p class="place">${grade(one)} <b>${one.id}</b> · ${places(one)}</p><p class="text">${one.text ?? 'The text is not available: stage 1 did not return it.'}</p></li>`,
  )}</ul>`;
}

function grade({ grade: given }: ShownPassage): Markup {
  if (given === null) return markup`<span class="badge">not judged</span>`;
  if (given <= 0) return markup`<span class="badge bad">not relevant</span>`;
  return markup`<span class="badge good">relevant${given > 1 && ` (${given})`}</span>`;
}

function places({ rankBefore, rankAfter }: ShownPassage): string {
  if (rankBefore === null) return 'not among the candidates';
  return `${rankBefore} before, ${rankAfter ?? 'left out'} after`;
}
