import { compareRuns, type MeasuredRun, parseMeasure } from '@secondpass/evaluation';

/** Of the difference of two nDCG@10 per query, in the same order: paired randomization test, two-sided. */
export async function differenceP(before: readonly number[], after: readonly number[]): Promise<number> {
  const queries = before.map((_, index) => `${index}`);
  const runOf = (values: readonly number[]): MeasuredRun => ({
    measures: [parseMeasure('ndcg_cut_10')],
    perQuery: new Map(values.map((value, index) => [queries[index]!, [value]])),
    unjudgedQueries: 0,
  });
  const [compared] = await compareRuns({ baseline: runOf(before), run: runOf(after), queries });
  return compared!.pValue;
}
