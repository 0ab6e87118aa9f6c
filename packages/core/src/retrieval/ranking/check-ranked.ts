import { describeValue } from '../../foundation/describe-value.ts';
import { RetrievalError } from '../../foundation/retrieval-error.ts';
import { isWeight } from './check-scores.ts';

/**
 * Checks what is ranked: one score, or `null`, for each candidate.
 *
 * @throws RetrievalError `invalid-options`, naming the candidate or the score
 */
export function checkRanked(candidates: unknown, scores: unknown, topK: unknown): void {
  if (!Array.isArray(candidates))
    refuse(`candidates is ${describeValue(candidates)}.`, 'Pass the list that a source gave.');
  if (!Array.isArray(scores) || scores.length !== candidates.length) {
    refuse(
      `scores is ${describeValue(scores)}, and there are ${candidates.length} candidates.`,
      'Pass what score() gave for them, one for each.',
    );
  }
  if (!Number.isInteger(topK) || (topK as number) < 0)
    refuse(`topK is ${describeValue(topK)}.`, 'Use an integer from 0.');
  for (const [index, candidate] of candidates.entries()) {
    if (!Number.isFinite(candidate?.rank) || !Number.isFinite(candidate.score))
      refuse(`candidates[${index}] lacks a rank or a score.`, 'Pass the list that a source gave.');
  }
  for (const [index, score] of scores.entries()) {
    const numbers = [score?.score, score?.rawScore, score?.tokensCut];
    if (score === null || (numbers.every(Number.isFinite) && isWeight(score.blend))) continue;
    refuse(
      `scores[${index}] is not a score: it needs score, rawScore and tokensCut, and a blend is from 0 to 1.`,
      'Pass what score() gave, or null.',
    );
  }
}

function refuse(problem: string, nextStep: string): never {
  throw new RetrievalError({ code: 'invalid-options', origin: 'rank', problem, nextStep });
}
