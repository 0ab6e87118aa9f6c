/**
 * The relevance judgments for one query: passage id → grade. A passage with grade 1 or more is relevant, and the grade
 * is its gain in nDCG; 0 means judged not relevant. Grades below 0 and absent passages count as not judged, as in
 * trec_eval.
 */
export type QueryJudgments = ReadonlyMap<string, number>;

/** Query id → its judgments. */
export type Judgments = ReadonlyMap<string, QueryJudgments>;
