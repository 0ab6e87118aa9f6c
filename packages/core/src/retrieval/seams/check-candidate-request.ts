import { describeValue } from '../../foundation/describe-value.ts';
import { RetrievalError } from '../../foundation/retrieval-error.ts';

/**
 * Whether there is a request with a query at all. What a source reads of it, the text or the vector, the source checks.
 *
 * @throws RetrievalError `invalid-query`
 *
 * @example
 * import { checkCandidateRequest } from '@secondpass/core/extend';
 * checkCandidateRequest({ query: { text: 'bread' }, depth: 10 }, 'my-source'); // undefined would throw
 */
export function checkCandidateRequest(request: unknown, origin: string): void {
  const refuse = (problem: string): never => {
    throw new RetrievalError({
      code: 'invalid-query',
      origin,
      problem,
      nextStep: 'Pass { query: { text, vector }, depth }, as TwoStageRetriever does.',
    });
  };
  const { query } = (request ?? {}) as { readonly query?: unknown };
  if (typeof query !== 'object' || query === null) return refuse(`The query is ${describeValue(query)}.`);
  const { vector } = query as { readonly vector?: unknown };
  if (vector !== undefined && !isVector(vector)) refuse(`The query vector is ${describeValue(vector)}.`);
}

/** By kind and not by class: an array of another realm (a worker, a test runner) has another Float32Array. */
export function isVector(value: unknown): value is Float32Array {
  if (Array.isArray(value)) return value.every((element) => typeof element === 'number');
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}
