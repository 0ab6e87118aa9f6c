import type { Measure } from './measure.ts';

/** A run without its rankings: only the value of each measure for each query. */
export interface MeasuredRun {
  readonly measures: readonly Measure[];
  /** Query id → values in the order of `measures`. Queries without judgments are left out. */
  readonly perQuery: ReadonlyMap<string, readonly number[]>;
  /** How many queries of the run were left out because they have no judgments. */
  readonly unjudgedQueries: number;
}

/**
 * The mean of each measure over the given queries, in the order of `run.measures`. A query without a ranking in the
 * run counts as 0. All judged queries give the result of `trec_eval -c`; the keys of `run.perQuery` give that of
 * `trec_eval`.
 *
 * @example
 * import { meansOf, measureRun, parseMeasure } from '@secondpass/evaluation';
 * const judgments = new Map([['q1', new Map([['a', 1]])], ['q2', new Map([['a', 1]])]]);
 * const rankings = [{ query: 'q1', ranking: [{ id: 'a', score: 0.9 }] }];
 * const run = await measureRun(rankings, judgments, [parseMeasure('success_1')]);
 * meansOf(run, judgments.keys()); // → [ 0.5 ]
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
