import type { QueryJudgments } from './judgments.ts';

/** A ranking with grades in place of passages; every measure is computed from it. */
export interface JudgedRanking {
  /** The grade of each passage, best rank first; `undefined` for one without a judgment. */
  readonly grades: readonly (number | undefined)[];
  /** The lowest relevant grade. Only nDCG uses every grade above 0. */
  readonly relevanceLevel: number;
  /** How many passages are relevant for the query, ranked or not. */
  readonly relevant: number;
  /** How many passages are judged not relevant; grades below 0 are not counted. */
  readonly nonRelevant: number;
  /** The grades above 0, highest first: the best ranking there could be. */
  readonly ideal: readonly number[];
}

export function judgeRanking(
  ids: readonly string[],
  judgments: QueryJudgments,
  relevanceLevel: number,
): JudgedRanking {
  const all = [...judgments.values()];
  const relevant = all.filter((grade) => grade >= relevanceLevel).length;
  return {
    grades: ids.map((id) => judgments.get(id)),
    relevanceLevel,
    relevant,
    nonRelevant: all.filter((grade) => grade >= 0).length - relevant,
    ideal: all.filter((grade) => grade > 0).sort((a, b) => b - a),
  };
}
