import { RetrievalError, type RetrievalErrorCode } from '@secondpass/core';
import { FailedTry } from './failed-try.ts';
import { retryAfterMs } from './requested-pause.ts';

interface Diagnosis {
  readonly code: RetrievalErrorCode;
  readonly nextStep: string;
}

const failed = (nextStep: string): Diagnosis => ({ code: 'rerank-failed', nextStep });
const key = failed('Set a key that may use this model: apiKey or apiKeyVariable.');

const byStatus: Readonly<Record<number, Diagnosis>> = {
  401: key,
  403: key,
  404: failed('Check url, and that the service has the model.'),
  413: failed('Lower maxDocuments or maxCharacters, or split long texts into passages.'),
  429: { code: 'overloaded', nextStep: 'Try again later, lower concurrency, or ask for a higher limit.' },
};

/** What may be well a moment later. 500 is not among them: of several services it is the answer to a bad request. */
const statusesToRetry: readonly number[] = [408, 425, 429, 502, 503, 504, 529];

export interface Refusal {
  readonly status: number;
  readonly headers: Headers;
  /** Already clean. */
  readonly words: string;
}

/** What a status other than 200 means. */
export function refusalOf({ status, headers, words }: Refusal, origin: string): FailedTry {
  const error = new RetrievalError({
    ...diagnose(status),
    origin,
    problem: `The service answered ${status}${words === '' ? '' : `: ${words}`}.`,
  });
  return new FailedTry(error, {
    status,
    mayRetry: statusesToRetry.includes(status),
    retryAfterMs: retryAfterMs(headers),
  });
}

function diagnose(status: number): Diagnosis {
  const known = byStatus[status];
  if (known) return known;
  if (status >= 300 && status < 400)
    return failed('Set url to the address that answers itself; redirects are not followed.');
  if (statusesToRetry.includes(status)) {
    return { code: 'reranker-unreachable', nextStep: 'Check that the service runs, and try again.' };
  }
  if (status >= 500)
    return failed("Look at the service's own log; it may not run this model, or not these texts.");
  return failed('Check that the model takes these options and texts of this length.');
}
