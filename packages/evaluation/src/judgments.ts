/**
 * What people said of the passages for one query: passage id → grade. From 1 on, a passage is relevant, and the grade is its
 * gain in nDCG; 0 is judged and not relevant. Below 0 counts as not judged, as in trec_eval. What is absent was not judged.
 */
export type QueryJudgments = ReadonlyMap<string, number>;

/** Query id → its judgments. */
export type Judgments = ReadonlyMap<string, QueryJudgments>;
