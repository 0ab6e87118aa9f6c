import type { Measure } from './measure.ts';

/** A run with its rankings gone: only what each measure said of each query is left. */
export interface MeasuredRun {
  readonly measures: readonly Measure[];
  /** Query id → values in the order of `measures`. Queries without judgments are not among them. */
  readonly perQuery: ReadonlyMap<string, readonly number[]>;
  /** How many queries of the run were left out because they have no judgments. */
  readonly unjudgedQueries: number;
}

/**
 * The mean of each measure over the given queries, in the order of `run.measures`. A query that the run has no ranking for counts
 * as 0. With all judged queries this is what `trec_eval -c` answers, with the keys of `run.perQuery` what `trec_eval` answers.
 */
export function meansOf(run: MeasuredRun, queries: Iterable<string>): readonly number[] {
  const sums = run.measures.map(() => 0);
  let count = 0;
  for (const query of queries) {
    count += 1;
    for (const [index, value] of (run.perQuery.get(query) ?? []).entries()) sums[index]! += value;
  }
  return sums.map((sum) => (count === 0 ? 0 : sum / count));
}
