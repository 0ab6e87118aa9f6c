import { RetrievalError } from '@secondpass/core';
import { checkRanking } from './check-given.ts';
import { refuse } from './evaluation-error.ts';
import type { ScoredPassage } from './scored-passage.ts';

/**
 * The ids of a ranking in trec_eval's order: by score in single precision, best first; equal scores by id in descending
 * byte order. The order of the lines does not matter.
 *
 * @throws RetrievalError `invalid-options` for a score that is NaN, `duplicate-id` for an id that occurs twice
 *
 * @example
 * import { trecOrder } from '@secondpass/evaluation';
 * trecOrder([{ id: 'a', score: 0.4 }, { id: 'b', score: 0.9 }]); // → [ 'b', 'a' ]
 */
export function trecOrder(ranking: readonly ScoredPassage[]): readonly string[] {
  checkRanking(ranking);
  const keyed = ranking.map(({ id, score }) => {
    if (Number.isNaN(score)) {
      throw refuse(
        `The score of ${JSON.stringify(id)} is NaN.`,
        'Leave the passage out, or give it a number.',
      );
    }
    return { id, score: Math.fround(score) };
  });
  const ids = keyed
    .sort((a, b) => (a.score === b.score ? compareBytes(b.id, a.id) : b.score > a.score ? 1 : -1))
    .map(({ id }) => id);
  refuseRepeated(ids);
  return ids;
}

/** @throws RetrievalError `duplicate-id` */
export function refuseRepeated(ids: readonly string[]): void {
  const seen = new Set<string>();
  for (const id of ids) {
    if (seen.has(id)) {
      throw new RetrievalError({
        code: 'duplicate-id',
        origin: 'evaluation',
        problem: `The passage ${JSON.stringify(id)} occurs twice in one ranking.`,
        nextStep: 'Keep the better of the two: a passage has one rank.',
      });
    }
    seen.add(id);
  }
}

function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
