import { describeValue } from '@secondpass/core/extend';
import { checkIds } from './check-given.ts';
import { refuse } from './evaluation-error.ts';
import { seededRandom } from './random.ts';

/**
 * A random sample of `count` ids, all equally likely, in the given order; all ids if there are not more. The same seed
 * chooses the same ids.
 *
 * @param count ids taken at most
 * @param seed an integer; the same one gives the same sample
 * @throws RetrievalError `invalid-options`
 *
 * @example
 * import { sampleQueries } from '@secondpass/evaluation';
 * sampleQueries(['q1', 'q2', 'q3'], 2, 7).length; // → 2
 */
export function sampleQueries(ids: readonly string[], count: number, seed: number): readonly string[] {
  if (!Number.isInteger(count) || count < 1)
    throw refuse(`count is ${describeValue(count)}.`, 'Use an integer from 1.');
  checkIds(ids, 'ids');
  const random = seededRandom(seed);
  const places = ids.map((_, index) => index);
  const chosen = Math.min(count, ids.length);
  for (let index = 0; index < chosen; index += 1) {
    const other = index + random.below(places.length - index);
    [places[index], places[other]] = [places[other]!, places[index]!];
  }
  return places
    .slice(0, chosen)
    .sort((a, b) => a - b)
    .map((place) => ids[place]!);
}
