import {
  type Judgments,
  type Measure,
  type MeasureComparison,
  type MeasuredRun,
  meansOf,
  type Percentiles,
  type QueryChange,
} from '@secondpass/evaluation';
import type { SearchScope } from '../../search-scope.ts';
import type { Answers, Stage } from './ask-queries.ts';
import type { Average } from './eval-flags.ts';
import type { Incident } from './incidents.ts';

/** The answer of `secondpass eval` in JSON; its keys are described in docs/evaluation.md and stay as they are. */
export interface EvalReport {
  readonly version: 1;
  /** What was evaluated: file of a configuration, and folder of a collection. */
  readonly config?: string;
  readonly collection?: string;
  readonly qrels: string;
  /** Which of the source's passages were searched, where not all. */
  readonly filter?: SearchScope['filter'];
  readonly tenant?: SearchScope['tenant'];
  readonly depth?: number;
  readonly topK?: number;
  /** Weight of stage 1 in the order, asked for or the reranker's own; absent where stage 2 ordered alone. */
  readonly blend?: number;
  readonly measures: readonly string[];
  readonly relevanceLevel: number;
  readonly average: Average;
  readonly seed: number;
  readonly queries: QueryCounts;
  readonly runs: readonly RunReport[];
  readonly comparisons: readonly ComparisonReport[];
  readonly latencyMs?: Readonly<Partial<Record<Stage, Percentiles>>>;
  readonly degraded?: { readonly count: number; readonly reasons: readonly Incident[] };
  readonly failed?: { readonly count: number; readonly reasons: readonly Incident[] };
  /** Whether an interruption ended it before all queries were asked. */
  readonly partial: boolean;
  readonly warnings: readonly string[];
  readonly runFiles?: readonly string[];
  readonly seconds: number;
}

export interface QueryCounts {
  /** In the judgments. */
  readonly judged: number;
  /** Of those, the ones that the means and the comparisons are about: a sample of them, or all. */
  readonly counted: number;
  /** Of those, the ones without any relevant passage, for which most measures are 0 whatever the ranking. */
  readonly withoutRelevant: number;
}

export interface RunReport {
  readonly name: string;
  /** Counted queries that it has a ranking for; the others are 0, or left out of its mean. */
  readonly answered: number;
  /** Queries of it without judgments, which do not count. */
  readonly unjudgedQueries: number;
  readonly means: Readonly<Record<string, number>>;
  /** Query → values in the order of `measures`; with `--per-query` only. */
  readonly perQuery?: Readonly<Record<string, readonly number[]>>;
}

export interface ComparisonReport {
  readonly baseline: string;
  readonly run: string;
  readonly queries: number;
  readonly measures: Readonly<
    Record<string, Pick<MeasureComparison, 'difference' | 'pValue' | 'interval' | 'wins' | 'losses' | 'ties'>>
  >;
  /** By the first measure. */
  readonly bestWins: readonly QueryChange[];
  readonly worstLosses: readonly QueryChange[];
}

export interface NamedRun {
  readonly name: string;
  readonly measured: MeasuredRun;
}

/** The queries that two runs are compared on. */
export function comparedQueries(
  queries: readonly string[],
  runs: readonly NamedRun[],
  average: Average,
): readonly string[] {
  if (average === 'judged') return queries;
  return queries.filter((query) => runs.every(({ measured }) => measured.perQuery.has(query)));
}

export function runReport(
  { name, measured }: NamedRun,
  queries: readonly string[],
  average: Average,
  perQuery: boolean,
): RunReport {
  const answered = queries.filter((query) => measured.perQuery.has(query));
  const means = meansOf(measured, average === 'judged' ? queries : answered);
  return {
    name,
    answered: answered.length,
    unjudgedQueries: measured.unjudgedQueries,
    means: Object.fromEntries(measured.measures.map((measure, index) => [measure.name, means[index]!])),
    ...(perQuery && {
      perQuery: Object.fromEntries(answered.map((query) => [query, measured.perQuery.get(query)!])),
    }),
  };
}

export function comparisonReport(
  baseline: NamedRun,
  run: NamedRun,
  queries: number,
  comparisons: readonly MeasureComparison[],
): ComparisonReport {
  const [first] = comparisons;
  return {
    baseline: baseline.name,
    run: run.name,
    queries,
    measures: Object.fromEntries(
      comparisons.map(({ measure, difference, pValue, interval, wins, losses, ties }) => [
        measure.name,
        { difference, pValue, interval, wins, losses, ties },
      ]),
    ),
    bestWins: first?.bestWins ?? [],
    worstLosses: first?.worstLosses ?? [],
  };
}

export function countQueries(
  judgments: Judgments,
  counted: readonly string[],
  relevanceLevel: number,
): QueryCounts {
  const hasRelevant = (query: string) =>
    [...(judgments.get(query)?.values() ?? [])].some((grade) => grade >= relevanceLevel);
  return {
    judged: judgments.size,
    counted: counted.length,
    withoutRelevant: counted.filter((query) => !hasRelevant(query)).length,
  };
}

export function labelsOf(measures: readonly Measure[]): ReadonlyMap<string, string> {
  return new Map(measures.map(({ name, label }) => [name, label]));
}

/** What either way of evaluating leads to, before runs are compared. */
export interface Measured {
  readonly head: Pick<EvalReport, 'config' | 'collection' | 'qrels' | 'filter' | 'tenant' | 'depth' | 'topK'>;
  readonly judgments: Judgments;
  readonly measures: readonly Measure[];
  /** Those that count, in the order of the judgments. */
  readonly queries: readonly string[];
  /** How many would count without an interruption. */
  readonly wanted: number;
  /** The first is what the others are compared with. */
  readonly runs: readonly NamedRun[];
  readonly answers?: Answers;
  readonly warnings: readonly string[];
  readonly runFiles?: readonly string[];
}
