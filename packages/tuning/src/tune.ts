import { RetrievalError } from '@secondpass/core';
import { describeValue } from '@secondpass/core/extend';
import { sampleQueries } from '@secondpass/evaluation';
import { type Advice, advise } from './advise.ts';
import { lossExamples } from './loss-examples.ts';
import { meanInterval, meanOf } from './mean-interval.ts';
import { measureSettings, measureStage1 } from './measure-settings.ts';
import { paretoFront } from './pareto-front.ts';
import { QualityTable } from './quality-table.ts';
import { scoreCandidates } from './score-candidates.ts';
import { isSameSetting, type Setting } from './setting.ts';
import type { SettingCost } from './setting-cost.ts';
import { difference } from './supported-choice.ts';
import { type TimedDepth, timeSettings } from './time-settings.ts';
import { type CheckedTuneRequest, checkTuneRequest, type TuneRequest } from './tune-request.ts';
import type { TuningResult } from './tuning-result.ts';
import { referenceSetting, tuningSteps } from './tuning-steps.ts';
import { tuningWarnings } from './tuning-warnings.ts';

/**
 * Measures every setting on judged queries and advises one. Candidates are searched once, at the greatest depth; each
 * scorer reads each pair once; depths and weights are measured from these scores. A cascade reads the candidates of each
 * depth, with the weight in use. Only figures of a query are kept, so thousands of queries fit into memory. Times are measured with real work.
 *
 * @throws RetrievalError `invalid-options` for fewer than ten queries with a relevant passage, or if stage 1 never
 * finds a relevant passage; errors of the source or a reranker; or the signal's reason
 *
 * @example
 * import { loadCrossEncoder } from '@secondpass/core';
 * import { parseMeasure } from '@secondpass/evaluation';
 * import { modelDirectory } from '@secondpass/models';
 * import { tune } from '@secondpass/tuning';
 * await using reranker = await loadCrossEncoder(modelDirectory('nano'));
 * const scorers = [{ key: 'nano', model: 'nano', precision: null, batchInvariant: null, reranker }];
 * const candidates = ['Yeast.', 'Salt.'].map((text, index) => ({ id: text, text, score: -index, rank: index + 1 }));
 * const queries = Array.from({ length: 10 }, (_, id) => ({ id: `${id}`, text: 'bread', judgments: new Map([['Salt.', 1]]) }));
 * const setting = { scorer: 'nano', depth: 2, blend: 0 };
 * const rest = { depths: [2], blends: [0], current: setting, goal: { maxLoss: 0.01 }, rounds: 5 };
 * const measure = parseMeasure('recip_rank');
 * const { advice } = await tune({ queries, search: async () => candidates, scorers, measure, ...rest });
 * advice?.setting; // → 0
 */
export async function tune(given: TuneRequest): Promise<TuningResult> {
  const request = checkTuneRequest(given);
  const { queries, settings, scorers, depths, seed, goal, current } = request;
  const { table, ceilings, withoutCandidates } = await measureAll(request);
  const timings = await timeSettings({
    ...request,
    queries: sampleQueries(
      queries.map(({ text }) => text),
      request.rounds,
      seed,
    ),
    onRound: (done) => request.onProgress?.({ phase: 'timing', done, total: request.rounds }),
  });
  const costs = settings.map((setting) => costOf(setting, timings));
  const measured = settings.map((setting, index) => {
    const quality = table.column(index);
    const gain = meanInterval(difference(quality, table.stage1), seed);
    return { ...setting, ...costs[index]!, quality: meanOf(quality), gain };
  });
  const inUse = settings.findIndex((setting) => isSameSetting(setting, current));
  const reference = referenceSetting(settings, costs, inUse, goal);
  const advice: Advice | null =
    reference === undefined
      ? null
      : advise({
          table,
          reference,
          costs,
          goal,
          seed,
          steps: tuningSteps(settings, costs, reference, goal),
        });
  request.signal?.throwIfAborted();
  const advised = advice?.setting ?? inUse;
  const perQuery = table.queries.map((query, row) => ({
    query,
    stage1: table.stage1[row]!,
    current: table.at(row, inUse),
    advised: table.at(row, advised),
  }));
  const result = {
    measure: { name: request.measure.name, label: request.measure.label },
    goal,
    seed,
    queries: {
      used: queries.length,
      withoutRelevant: given.queries.length - queries.length,
      withoutCandidates,
    },
    scorers: scorers.map(({ reranker: _, ...scorer }) => scorer),
    depths,
    blends: request.blends,
    settings: measured,
    front: paretoFront(measured.map(({ p50Ms, quality }) => ({ cost: p50Ms, quality }))),
    current: inUse,
    advice,
    stage1: { quality: meanInterval(table.stage1, seed), ceilings },
    timings,
    perQuery,
    losses: await lossExamples(request, settings[advised]!, perQuery),
  };
  return { ...result, warnings: tuningWarnings(result, scorers) };
}

/** Runs every query once; drops its candidates and scores before the next one. */
async function measureAll(request: CheckedTuneRequest) {
  const { queries, settings, scorers, depths, search, stage1, measure, signal, onProgress } = request;
  const table = new QualityTable(settings);
  const deepest = Math.max(...depths);
  const ceilings = depths.map((depth) => ({ depth, quality: 0 }));
  let withoutCandidates = 0;
  let reached = 0;
  for (const [done, query] of queries.entries()) {
    signal?.throwIfAborted();
    onProgress?.({ phase: 'scoring', done, total: queries.length });
    const candidates = checkFound(await search(query.text, deepest, signal));
    const asked = { query: query.text, candidates, stage1: stage1(), signal };
    const scores = await scoreCandidates(asked, scorers, depths);
    const parts = { query, candidates, measure, scores };
    table.add(query.id, measureStage1(parts, deepest).asFound, measureSettings({ ...parts, settings }));
    for (const ceiling of ceilings)
      ceiling.quality += measureStage1(parts, ceiling.depth).ceiling / queries.length;
    if (candidates.length === 0) withoutCandidates += 1;
    reached += candidates.filter(({ id }) => (query.judgments.get(id) ?? 0) > 0).length;
  }
  onProgress?.({ phase: 'scoring', done: queries.length, total: queries.length });
  if (reached === 0) throw nothingReached();
  return { table, ceilings, withoutCandidates };
}

function costOf({ scorer, depth }: Setting, timings: readonly TimedDepth[]): SettingCost {
  const { p50Ms, p95Ms } = timings.find((timed) => timed.scorer === scorer && timed.depth === depth)!;
  return { p50Ms, p95Ms };
}

function nothingReached(): RetrievalError {
  return new RetrievalError({
    code: 'invalid-options',
    origin: 'tuning',
    problem: 'Stage 1 returned no passage that was judged relevant, for any query.',
    nextStep:
      'Check that the source has indexed this collection, that the judgments use its ids, and that no filter or tenant hides it.',
  });
}

function checkFound<T>(candidates: readonly T[]): readonly T[] {
  if (Array.isArray(candidates)) return candidates;
  throw new RetrievalError({
    code: 'source-failed',
    origin: 'tuning',
    problem: `search returns ${describeValue(candidates)}, not a list.`,
    nextStep: 'Return a promise of the candidates, best first.',
  });
}
