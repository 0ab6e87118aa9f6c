import { describeValue } from '@secondpass/core/extend';
import type { IndexedScore } from './dialects/dialect.ts';

/**
 * Puts scores in the order of the documents, by their `index`; the order of the answer is ignored.
 *
 * @throws Error unless each document has exactly one finite score
 */
export function placeScores(scores: readonly IndexedScore[], count: number): readonly number[] {
  const placed: (number | undefined)[] = new Array(count).fill(undefined);
  for (const { index, score } of scores) {
    if (!Number.isInteger(index) || index < 0 || index >= count) {
      throw new Error(`it holds the index ${describeValue(index)} for ${count} documents`);
    }
    if (!Number.isFinite(score)) throw new Error(`the score of document ${index} is ${describeValue(score)}`);
    if (placed[index] !== undefined) throw new Error(`it holds two scores with the index ${index}`);
    placed[index] = score;
  }
  const missing = placed.indexOf(undefined);
  if (missing !== -1) {
    throw new Error(`it lacks document ${missing}: ${scores.length} scores for ${count} documents`);
  }
  return placed as number[];
}
