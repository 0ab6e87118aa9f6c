import { RetrievalError } from '@secondpass/core';
import { FailedTry } from './failed-try.ts';

/** A try that took longer than it may. */
export function tooSlow(origin: string, timeoutMs: number): FailedTry {
  const error = new RetrievalError({
    code: 'deadline-exceeded',
    origin,
    problem: `The service did not answer within ${timeoutMs} ms.`,
    nextStep: 'Check that it runs and has capacity, lower maxDocuments, or raise timeoutMs.',
  });
  return new FailedTry(error, { mayRetry: true });
}

/** No answer: refused, reset, cut in the middle, or no such host. */
export function unreachable(origin: string, cause: unknown): FailedTry {
  const error = new RetrievalError({
    code: 'reranker-unreachable',
    origin,
    problem: `The service cannot be reached: ${reasonOf(cause)}.`,
    nextStep: 'Check url, that the service runs, and that this machine may reach it.',
    cause,
  });
  return new FailedTry(error, { mayRetry: true });
}

/** An answer that is no ranking. Asking again would give it again. */
export function unusable(origin: string, problem: string): FailedTry {
  const error = new RetrievalError({
    code: 'model-output-invalid',
    origin,
    problem: `The answer cannot be used: ${problem}.`,
    nextStep: 'Check that service, url and model are those of a reranking service of this kind.',
  });
  return new FailedTry(error, { mayRetry: false });
}

/** fetch says `fetch failed` and puts the reason beneath; a name with several addresses has several reasons. */
function reasonOf(error: unknown): string {
  const { cause, message, code, errors } = (error ?? {}) as Record<string, unknown>;
  if (cause !== undefined) return reasonOf(cause);
  if (Array.isArray(errors) && errors.length > 0) return reasonOf(errors[0]);
  return String(message || code || error);
}
