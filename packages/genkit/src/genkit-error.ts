import { RetrievalError, type RetrievalErrorCode } from '@secondpass/core';
import { GenkitError } from 'genkit';

const statuses: Partial<
  Record<RetrievalErrorCode, 'RESOURCE_EXHAUSTED' | 'DEADLINE_EXCEEDED' | 'UNAVAILABLE'>
> = {
  overloaded: 'RESOURCE_EXHAUSTED',
  'deadline-exceeded': 'DEADLINE_EXCEEDED',
  'reranker-unreachable': 'UNAVAILABLE',
  'source-unreachable': 'UNAVAILABLE',
  'embedder-unreachable': 'UNAVAILABLE',
};

/** Converts our error to Genkit's, with ours as its cause. Any other value is returned unchanged. */
export function genkitError(error: unknown): unknown {
  if (!RetrievalError.is(error)) return error;
  const { code, message } = error;
  const status = statuses[code] ?? (code.startsWith('invalid-') ? 'INVALID_ARGUMENT' : 'INTERNAL');
  return Object.assign(new GenkitError({ source: 'secondpass', status, message }), { cause: error });
}
