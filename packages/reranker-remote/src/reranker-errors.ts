import { RetrievalError } from '@secondpass/core';
import { FailedTry } from '@secondpass/service-client';

/** The error of a call that used up its time. */
export function tooLong(origin: string, totalTimeoutMs: number): RetrievalError {
  return new RetrievalError({
    code: 'deadline-exceeded',
    origin,
    problem: `Not all passages were scored within ${totalTimeoutMs} ms.`,
    nextStep: 'Score fewer passages, check that the service has capacity, or raise totalTimeoutMs.',
  });
}

/** A list that a listwise model would have to read in two parts, whose scores do not compare. */
export function notMergeable(origin: string, count: number, fitting: number): RetrievalError {
  return new RetrievalError({
    code: 'rerank-failed',
    origin,
    problem: `The model reads a list as a whole, and of these ${count} passages ${fitting} fit into one request.`,
    nextStep:
      'Rerank fewer candidates (depth), or shorter ones; if the service takes more, raise maxDocuments.',
  });
}

export function tooManyWaiting(origin: string, maxQueuedRequests: number): FailedTry {
  const error = new RetrievalError({
    code: 'overloaded',
    origin,
    problem: `${maxQueuedRequests} requests are waiting already.`,
    nextStep: 'Ask later or elsewhere; or raise concurrency, if the service bears it, or maxQueuedRequests.',
  });
  return new FailedTry(error, { mayRetry: false });
}
