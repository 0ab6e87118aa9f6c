import { abortSignal, checkOptions, integer, kind, optionsOf } from '@secondpass/core/extend';
import { checkIds } from './check-given.ts';
import { refuse } from './evaluation-error.ts';
import type { Measure } from './measure.ts';
import type { MeasuredRun } from './measured-run.ts';
import { resamplePairs, type Significance } from './paired-resampling.ts';

/** How a run differs from another in one measure, query by query. */
export interface MeasureComparison extends Significance {
  readonly measure: Measure;
  /** Mean of the run minus mean of the baseline, over the same queries. */
  readonly difference: number;
  /** Number of queries where the run is better, worse, and equal. */
  readonly wins: number;
  /** Queries where the run is worse. */
  readonly losses: number;
  /** Queries where both are alike. */
  readonly ties: number;
  /** The queries that won most, best first, and those that lost most, worst first. */
  readonly bestWins: readonly QueryChange[];
  readonly worstLosses: readonly QueryChange[];
}

/** The values of one query in both runs. */
export interface QueryChange {
  readonly query: string;
  /** What the measure says of the baseline's ranking, from 0 to 1. */
  readonly baseline: number;
  /** What it says of the run's ranking. */
  readonly run: number;
}

/** Two measured runs, and how chance is judged. */
export interface CompareRunsRequest {
  readonly baseline: MeasuredRun;
  /** Measured by the same measures. */
  readonly run: MeasuredRun;
  /** The queries to compare on; a query without a ranking in a run counts as 0. */
  readonly queries: readonly string[];
  /** @default 0 */
  readonly seed?: number;
  /** Resamples for the p-value and the interval, from 100 to 1,000,000. @default 10_000 */
  readonly resamples?: number;
  /** How many queries to name in `bestWins` and `worstLosses`. @default 5 */
  readonly named?: number;
  readonly signal?: AbortSignal;
}

const measuredRun = kind('what measureRun gave', isMeasuredRun);

const requestSchema = optionsOf({
  baseline: measuredRun,
  run: measuredRun,
  queries: kind('a list of ids', Array.isArray),
  seed: kind('a number', Number.isFinite).optional(),
  resamples: integer(100, 1_000_000).optional(),
  named: integer(0, 1_000_000).optional(),
  signal: abortSignal.optional(),
});

/** Two values of a measure that are this close count as equal. */
const alike = 1e-9;

/**
 * Compares two runs by each measure; `docs/evaluation-reference.md` explains the numbers. The same seed gives the same result.
 *
 * @throws RetrievalError `invalid-options`
 *
 * @example
 * import { compareRuns, measureRun, parseMeasure } from '@secondpass/evaluation';
 * const judgments = new Map([['q1', new Map([['a', 1]])], ['q2', new Map([['b', 1]])]]);
 * const measures = [parseMeasure('recip_rank')];
 * const ranked = (query: string, ...ids: string[]) => ({ query, ranking: ids.map((id, index) => ({ id, score: -index })) });
 * const baseline = await measureRun([ranked('q1', 'b', 'a'), ranked('q2', 'a', 'b')], judgments, measures);
 * const run = await measureRun([ranked('q1', 'a', 'b'), ranked('q2', 'b', 'a')], judgments, measures);
 * const [comparison] = await compareRuns({ baseline, run, queries: ['q1', 'q2'], seed: 1 });
 * comparison?.difference; // → 0.5
 */
export async function compareRuns(request: CompareRunsRequest): Promise<readonly MeasureComparison[]> {
  checkOptions(requestSchema, request, { origin: 'evaluation' });
  const { baseline, run, queries, seed = 0, resamples = 10_000, named = 5, signal } = request;
  checkIds(queries, 'queries');
  const { measures } = baseline;
  if (measures.map(nameOf).join() !== run.measures.map(nameOf).join()) {
    throw refuse('The runs were measured by different measures.', 'Measure both by the same list.');
  }
  const readValue = (one: MeasuredRun, query: string, index: number) => one.perQuery.get(query)?.[index] ?? 0;
  const differences = measures.map((_, index) =>
    Float64Array.from(queries, (query) => readValue(run, query, index) - readValue(baseline, query, index)),
  );
  const significance = await resamplePairs(differences, { seed, resamples, signal });
  return measures.map((measure, index) => {
    const values = differences[index]!;
    const order = [...values.keys()].sort((a, b) => values[b]! - values[a]! || a - b);
    const changeOf = (place: number): QueryChange => {
      const query = queries[place]!;
      return { query, baseline: readValue(baseline, query, index), run: readValue(run, query, index) };
    };
    const won = order.filter((place) => values[place]! > alike);
    const lost = order.filter((place) => values[place]! < -alike).reverse();
    const sum = values.reduce((total, value) => total + value, 0);
    return {
      measure,
      difference: queries.length === 0 ? 0 : sum / queries.length,
      ...significance[index]!,
      wins: won.length,
      losses: lost.length,
      ties: queries.length - won.length - lost.length,
      bestWins: won.slice(0, named).map(changeOf),
      worstLosses: lost.slice(0, named).map(changeOf),
    };
  });
}

function isMeasuredRun(value: unknown): value is MeasuredRun {
  const { perQuery, measures } = (value ?? {}) as Partial<MeasuredRun>;
  if (typeof perQuery?.get !== 'function' || !Array.isArray(measures)) return false;
  return measures.every((one: Partial<Measure> | null) => typeof one?.name === 'string');
}

function nameOf({ name }: Measure): string {
  return name;
}
