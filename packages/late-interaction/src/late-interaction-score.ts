import { type PassageScore, RetrievalError } from '@secondpass/core';
import { type TokenVectors, tokenCount } from '@secondpass/core/extend';

/**
 * MaxSim → a passage's score: the mean cosine per query token, mapped from [−1, 1] to [0, 1].
 *
 * @param query the query's vectors, of length 1 each
 */
export function lateInteractionScore(rawScore: number, query: TokenVectors, tokensCut: number): PassageScore {
  const mean = rawScore / tokenCount(query);
  // Rounding errors may give a cosine slightly above 1.
  const score = Math.min(1, Math.max(0, (mean + 1) / 2));
  return { score, rawScore, tokensCut, ...queryCut(query) };
}

/** `queryTokensCut` for a {@link PassageScore}, if the query was cut. */
export function queryCut({ tokensCut }: TokenVectors): Pick<PassageScore, 'queryTokensCut'> {
  return tokensCut > 0 ? { queryTokensCut: tokensCut } : {};
}

/**
 * @param tokens how many vectors a passage may have
 * @throws RetrievalError `dimension-mismatch`, naming the passage
 */
export function checkPassageVectors(
  query: TokenVectors,
  passages: readonly TokenVectors[],
  origin: string,
  tokens: 'one' | 'any' = 'any',
): void {
  const most = tokens === 'one' ? query.dimensions : Number.POSITIVE_INFINITY;
  const wrong = passages.findIndex(
    ({ dimensions, values }) =>
      dimensions !== query.dimensions || values.length < dimensions || values.length > most,
  );
  if (wrong === -1) return;
  const { dimensions, values } = passages[wrong]!;
  throw new RetrievalError({
    code: 'dimension-mismatch',
    origin,
    problem: `passages[${wrong}] has ${values.length} numbers in vectors of ${dimensions} dimensions, and the query's have ${query.dimensions}.`,
    nextStep: 'Use vectors of the same model, or store them again.',
  });
}
