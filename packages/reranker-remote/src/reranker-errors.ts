import { RetrievalError } from '@secondpass/core';
import { FailedTry } from '@secondpass/service-client';

/** The error of a call whose time is over. */
export function tooLong(origin: string, totalTimeoutMs: number): RetrievalError {
  return new RetrievalError({
    code: 'deadline-exceeded',
    origin,
    problem: `Not all passages were scored within ${totalTimeoutMs} ms.`,
    nextStep: 'Score fewer passages, check that the service has capacity, or raise totalTimeoutMs.',
  });
}

/** The error if a listwise model's list needs two requests: their scores cannot be compared. */
export function notMergeable(origin: string, count: number, fitting: number): RetrievalError {
  return new RetrievalError({
    code: 'rerank-failed',
    origin,
    problem: `The model reads a list as a whole, and only ${fitting} of these ${count} passages fit into one request.`,
    nextStep:
      'Rerank fewer candidates (depth), or shorter ones; if the service takes more, raise maxDocuments.',
  });
}

export function tooManyWaiting(origin: string, maxQueuedRequests: number): FailedTry {
  const error = new RetrievalError({
    code: 'overloaded',
    origin,
    problem: `${maxQueuedRequests} requests are already waiting.`,
    nextStep:
      'Ask later or elsewhere; or raise maxQueuedRequests, or concurrency if the service has capacity.',
  });
  return new FailedTry(error, { mayRetry: false });
}
