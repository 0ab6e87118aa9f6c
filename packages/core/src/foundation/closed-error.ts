import { RetrievalError } from './retrieval-error.ts';

/**
 * What a reranker or embedder rejects with that is used after it was closed.
 *
 * @example
 * import { closedError } from '@secondpass/core/extend';
 * closedError('my-reranker').code; // → 'closed'
 */
export function closedError(origin: string): RetrievalError {
  return new RetrievalError({
    code: 'closed',
    origin,
    problem: 'It has been closed.',
    nextStep: 'Make it again, and close it only when nothing uses it any more.',
  });
}
