import { checkQuery, isReadable, readableText } from '../../foundation/check-text.ts';
import { untilAborted } from '../../foundation/until-aborted.ts';
import type { PassageScore, Reranker } from './reranker.ts';

/** A query and passages of which some may not be readable. */
export interface ScoreReadableRequest {
  readonly query: string;
  readonly passages: readonly unknown[];
  readonly signal?: AbortSignal | undefined;
}

/**
 * Scores the readable passages, for callers that cannot guarantee that all are: a passage that is blank or not a
 * string gets `null`, and the others are scored as if it were not there. `rank` puts it below them.
 *
 * @throws RetrievalError `invalid-query`, or of the reranker; rejects with the signal's reason once aborted
 *
 * @example
 * import { loadCrossEncoder } from '@secondpass/core';
 * import { scoreReadable } from '@secondpass/core/extend';
 * import { modelDirectory } from '@secondpass/models';
 * await using reranker = await loadCrossEncoder(modelDirectory('nano'));
 * const scores = await scoreReadable(reranker, { query: 'bread', passages: ['Yeast makes dough rise.', '', null] });
 * scores.map((score) => score !== null); // → [ true, false, false ]
 */
export async function scoreReadable(
  reranker: Reranker,
  { query, passages, signal }: ScoreReadableRequest,
): Promise<readonly (PassageScore | null)[]> {
  checkQuery(query, reranker.name);
  signal?.throwIfAborted();
  const readable = passages.filter(isReadable).map(readableText);
  if (readable.length === 0) return passages.map(() => null);
  const work = reranker.score({ query, passages: readable, ...(signal && { signal }) });
  const scores = await (signal ? untilAborted(work, signal) : work);
  let next = 0;
  return passages.map((passage) => (isReadable(passage) ? scores[next++]! : null));
}
