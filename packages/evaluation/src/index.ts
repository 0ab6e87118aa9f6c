export {
  type CompareRunsRequest,
  compareRuns,
  type MeasureComparison,
  type QueryChange,
} from './compare-runs.ts';
export type { Judgments, QueryJudgments } from './judgments.ts';
export { defaultMeasures, type Measure, parseMeasure } from './measure.ts';
export { type MeasureOptions, measureOrder, measureQuery } from './measure-query.ts';
export { measureRun, type QueryRanking } from './measure-run.ts';
export { type MeasuredRun, meansOf } from './measured-run.ts';
export type { Significance } from './paired-resampling.ts';
export { type Percentiles, percentiles } from './percentiles.ts';
export { type JudgmentsFile, readJudgments } from './read-judgments.ts';
export { readRun } from './read-run.ts';
export { sampleQueries } from './sample-queries.ts';
export type { ScoredPassage } from './scored-passage.ts';
export type { TextLine, TextLines } from './text-line.ts';
export { trecOrder } from './trec-order.ts';
export { trecRunLines } from './trec-run-lines.ts';
