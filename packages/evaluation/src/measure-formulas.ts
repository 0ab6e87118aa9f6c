import type { JudgedRanking } from './judged-ranking.ts';

/** A measure of one ranking; `cutoff` is the last rank that it looks at, `Infinity` for all of them. */
export type MeasureFormula = (judged: JudgedRanking, cutoff: number) => number;

/** Discounted cumulative gain, divided by the ideal ranking's; the gain is the grade (Järvelin and Kekäläinen 2002). */
export const ndcg: MeasureFormula = ({ grades, ideal }, cutoff) => {
  const best = discountedGain(ideal, cutoff);
  return best === 0 ? 0 : discountedGain(grades, cutoff) / best;
};

function discountedGain(grades: readonly (number | undefined)[], cutoff: number): number {
  let sum = 0;
  const last = Math.min(cutoff, grades.length);
  for (let index = 0; index < last; index += 1) {
    const grade = grades[index] ?? 0;
    if (grade > 0) sum += grade / Math.log2(index + 2);
  }
  return sum;
}

/** One over the rank of the first relevant passage. */
export const reciprocalRank: MeasureFormula = (judged, cutoff) => {
  const index = judged.grades.findIndex((grade) => isRelevant(grade, judged));
  return index === -1 || index >= cutoff ? 0 : 1 / (index + 1);
};

/** Mean of the precision at each relevant passage; a passage that is not ranked counts as 0. */
export const averagePrecision: MeasureFormula = (judged, cutoff) => {
  const last = Math.min(cutoff, judged.grades.length);
  let found = 0;
  let sum = 0;
  for (let index = 0; index < last; index += 1) {
    if (!isRelevant(judged.grades[index], judged)) continue;
    found += 1;
    sum += found / (index + 1);
  }
  return judged.relevant === 0 ? 0 : sum / judged.relevant;
};

export const recall: MeasureFormula = (judged, cutoff) =>
  judged.relevant === 0 ? 0 : relevantWithin(judged, cutoff) / judged.relevant;

/** Divided by the cutoff, even if the ranking is shorter. */
export const precision: MeasureFormula = (judged, cutoff) => relevantWithin(judged, cutoff) / cutoff;

export const success: MeasureFormula = (judged, cutoff) => (relevantWithin(judged, cutoff) > 0 ? 1 : 0);

/**
 * How rarely a passage judged not relevant is ranked above a relevant one. Passages without a judgment are ignored
 * (Buckley and Voorhees 2004).
 */
export const bpref: MeasureFormula = (judged) => {
  const { grades, relevant, nonRelevant } = judged;
  const most = Math.min(nonRelevant, relevant);
  let above = 0;
  let sum = 0;
  for (const grade of grades) {
    if (isRelevant(grade, judged)) sum += above === 0 ? 1 : 1 - Math.min(above, relevant) / most;
    else if (grade !== undefined && grade >= 0) above += 1;
  }
  return relevant === 0 ? 0 : sum / relevant;
};

/** The share of the first passages that have a judgment, of any grade; divided by the cutoff. */
export const judgedShare: MeasureFormula = ({ grades }, cutoff) =>
  grades.slice(0, cutoff).filter((grade) => grade !== undefined).length / cutoff;

function relevantWithin(judged: JudgedRanking, cutoff: number): number {
  return judged.grades.slice(0, cutoff).filter((grade) => isRelevant(grade, judged)).length;
}

function isRelevant(grade: number | undefined, { relevanceLevel }: JudgedRanking): boolean {
  return grade !== undefined && grade >= relevanceLevel;
}
