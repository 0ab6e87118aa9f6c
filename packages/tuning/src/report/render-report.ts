import type { TuningResult } from '../tuning-result.ts';
import { qualityByBlend } from './blend-chart.ts';
import { changeChart } from './change-chart.ts';
import { latencyByDepth, qualityByDepth } from './depth-charts.ts';
import { frontChart } from './front-chart.ts';
import { lossesSection } from './losses-section.ts';
import { markup } from './markup.ts';
import { reportStyle } from './report-style.ts';
import { verdictSection } from './verdict-section.ts';

/** What the report says about the origin of its figures. */
export interface ReportContext {
  /** The folder of the judged queries, as given. */
  readonly collection: string;
  /** The configuration that was tuned, as given. */
  readonly config: string;
  /** When, in words. */
  readonly measured: string;
  /** The machine where the times were measured, in words. */
  readonly machine: string;
}

/**
 * One self-contained HTML page: no script, no external resources, and a policy that forbids both, so that a passage's
 * text can do nothing in it. It follows the system's light or dark mode, and can be printed.
 *
 * @example
 * import { loadCrossEncoder } from '@secondpass/core';
 * import { parseMeasure } from '@secondpass/evaluation';
 * import { modelDirectory } from '@secondpass/models';
 * import { renderReport, tune } from '@secondpass/tuning';
 * await using reranker = await loadCrossEncoder(modelDirectory('nano'));
 * const scorers = [{ key: 'nano', model: 'nano', precision: null, batchInvariant: null, reranker }];
 * const candidates = ['Yeast.', 'Salt.'].map((text, index) => ({ id: text, text, score: -index, rank: index + 1 }));
 * const queries = Array.from({ length: 10 }, (_, id) => ({ id: `${id}`, text: 'bread', judgments: new Map([['Salt.', 1]]) }));
 * const setting = { scorer: 'nano', depth: 2, blend: 0 };
 * const rest = { depths: [2], blends: [0], current: setting, goal: { maxLoss: 0.01 }, rounds: 5 };
 * const measure = parseMeasure('recip_rank');
 * const result = await tune({ queries, search: async () => candidates, scorers, measure, ...rest });
 * const where = { collection: 'queries', config: 'secondpass.config.yaml', measured: 'today', machine: 'a laptop' };
 * renderReport(result, where).startsWith('<!doctype html>'); // → true
 */
export function renderReport(result: TuningResult, context: ReportContext): string {
  const { settings, current, advice, warnings, queries, seed } = result;
  const shown = settings[advice?.setting ?? current]!;
  const page = markup`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="referrer" content="no-referrer"><meta name="generator" content="secondpass tune"><title>secondpass tune: ${context.collection}</title><style>${reportStyle}</style></head>
<body><header><h1>Tuning stage 2</h1><p class="quiet">${context.collection} · ${context.config} · ${context.measured}</p></header>
<main>${warnings.length > 0 && markup`<ul class="warnings">${warnings.map((warning) => markup`<li>${warning}</li>`)}</ul>`}
${verdictSection(result)}
${qualityByDepth(result, shown.blend)}
${latencyByDepth(result)}
${frontChart(result)}
${qualityByBlend(result, shown.depth)}
${changeChart(result, { against: 'stage1', name: 'stage 1' })}
${advice && advice.setting !== current && changeChart(result, { against: 'current', name: 'the setting in use' })}
${lossesSection(result)}
<section><h2>How this was measured</h2><ul>
<li>${queries.used} queries with a relevant passage${queries.withoutRelevant > 0 && `; ${queries.withoutRelevant} more have none and were left out`}. A passage without a judgment counts as not relevant.</li>
<li>Candidates were searched once for each query, ${Math.max(...result.depths)} of them. Each model in each precision read each pair once; depths and blending weights are measured from these scores, with the same code that orders answers. This assumes that a score depends only on its pair, not on the batch; a warning above names the models for which that is not known. A cascade read the candidates of each depth, with the weight in use.</li>
<li>Times: ${context.machine}, one query at a time. They hold for this machine.</li>
<li>Intervals: percentile bootstrap over queries; the normal approximation for 500 queries or more. The interval of the gain on unseen queries is widened by half, because folds share queries. Seed ${seed}; the same scores and times give the same advice.</li>
</ul></section></main></body></html>
`;
  return page.text;
}
