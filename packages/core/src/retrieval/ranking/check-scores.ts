import { describeValue } from '../../foundation/describe-value.ts';
import { RetrievalError } from '../../foundation/retrieval-error.ts';
import type { PassageScore } from '../seams/reranker.ts';

/**
 * Checks a reranker's answer, because a reranker may be third-party code; NaN or missing scores would give a wrong
 * order.
 *
 * @param unscored whether a passage may have no score (`null`), as after a deadline
 */
export function checkScores(
  scores: readonly (PassageScore | null)[],
  expected: number,
  name: string,
  unscored: boolean,
): void {
  const usable = (score: PassageScore | null) =>
    score
      ? Number.isFinite(score.score) && Number.isFinite(score.rawScore) && isWeight(score.blend)
      : score === null && unscored;
  if (!Array.isArray(scores)) {
    throw new RetrievalError({
      code: 'model-output-invalid',
      origin: name,
      problem: `The reranker answers ${describeValue(scores)}, not a list.`,
      nextStep: 'Fix it: score() resolves to a list with one score for each passage.',
    });
  }
  const bad = scores.findIndex((score) => !usable(score));
  if (scores.length === expected && bad === -1) return;
  throw new RetrievalError({
    code: 'model-output-invalid',
    origin: name,
    problem:
      scores.length === expected
        ? `The score of candidate ${bad + 1} is not a finite number, or its blend is not from 0 to 1.`
        : `${expected} candidates were given and ${scores.length} scores came back.`,
    nextStep: 'Check the model; the stage-1 order was not changed.',
  });
}

/** Whether a score's `blend` can be used. */
export function isWeight(blend: number | undefined): boolean {
  return blend === undefined || (blend >= 0 && blend <= 1);
}
