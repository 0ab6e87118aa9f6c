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

/** The JSON answer of `secondpass eval`. Its keys are documented in docs/evaluation-reference.md and are stable. */
export interface EvalReport {
  readonly version: 1;
  /** What was evaluated: the file of the configuration, and the folder of the collection. */
  readonly config?: string;
  readonly collection?: string;
  readonly qrels: string;
  /** Which of the source's passages were searched, if not all. */
  readonly filter?: SearchScope['filter'];
  readonly tenant?: SearchScope['tenant'];
  readonly depth?: number;
  readonly topK?: number;
  /** Weight of stage 1 in the order, given or the reranker's own; absent if only stage 2 decided the order. */
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
  /** Whether it was interrupted before all queries were asked. */
  readonly partial: boolean;
  readonly warnings: readonly string[];
  readonly runFiles?: readonly string[];
  readonly seconds: number;
}

export interface QueryCounts {
  /** Queries in the judgments. */
  readonly judged: number;
  /** Judged queries in the means and comparisons: a sample, or all. */
  readonly counted: number;
  /** Counted queries without any relevant passage; most measures are 0 for them. */
  readonly withoutRelevant: number;
}

export interface RunReport {
  readonly name: string;
  /** Counted queries with a ranking; the others count as 0, or are left out of the mean. */
  readonly answered: number;
  /** Queries of the run without judgments; they do not count. */
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

/** The result of either kind of evaluation, before runs are compared. */
export interface Measured {
  readonly head: Pick<EvalReport, 'config' | 'collection' | 'qrels' | 'filter' | 'tenant' | 'depth' | 'topK'>;
  readonly judgments: Judgments;
  readonly measures: readonly Measure[];
  /** The counted queries, in the order of the judgments. */
  readonly queries: readonly string[];
  /** How many queries would count without an interruption. */
  readonly wanted: number;
  /** The others are compared with the first one. */
  readonly runs: readonly NamedRun[];
  readonly answers?: Answers;
  readonly warnings: readonly string[];
  readonly runFiles?: readonly string[];
}
