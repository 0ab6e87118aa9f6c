/**
 * Joins the scores of both stages: weight × z(stage 1) + (1 − weight) × z(stage 2), where z subtracts a list's mean
 * and divides by its standard deviation, so that two scales with nothing in common can be added (Montague & Aslam
 * 2001, "ZMUV"). A list of equal numbers says nothing and counts as zeros.
 *
 * @param stage1 one score per candidate, higher is better
 * @param stage2 of the same candidates in the same order
 * @param weight of stage 1, from 0 (stage 2 alone) to 1 (stage 1 alone)
 */
export function blendScores(stage1: readonly number[], stage2: readonly number[], weight: number): number[] {
  const first = standardised(stage1);
  const second = standardised(stage2);
  return first.map((value, index) => weight * value + (1 - weight) * second[index]!);
}

function standardised(scores: readonly number[]): number[] {
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  const variance = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / scores.length;
  const deviation = Math.sqrt(variance);
  // A smaller spread is only the rounding error of a list of equal numbers.
  const flat = deviation <= 1e-12 * Math.max(1, Math.abs(mean));
  return scores.map((score) => (flat ? 0 : (score - mean) / deviation));
}
