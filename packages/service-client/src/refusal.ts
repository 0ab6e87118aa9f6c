import { RetrievalError, type RetrievalErrorCode } from '@secondpass/core';
import { FailedTry } from './failed-try.ts';
import { retryAfterMs } from './retry-after.ts';
import type { Service, ServiceKind } from './service.ts';

export interface Refusal {
  readonly status: number;
  readonly headers: Headers;
  /** Already clean. */
  readonly words: string;
  /** The service's own word for what is wrong. @default none */
  readonly code?: unknown;
}

/** What may be well a moment later. 500 is not among them: of several services it is the answer to a bad request. */
const passing: readonly number[] = [408, 425, 429, 502, 503, 504, 529];

/** What a status other than 200 means. */
export function refusalOf({ origin, kind }: Service, { status, headers, words, code }: Refusal): FailedTry {
  const mayPass = passing.includes(status) || (kind.alsoPassing ?? []).includes(status);
  const error = new RetrievalError({
    ...diagnose(status, mayPass, kind),
    origin,
    problem: `The service answered ${status}${words === '' ? '' : `: ${words}`}.`,
  });
  return new FailedTry(error, {
    status,
    // Waiting does not fill an account.
    mayRetry: mayPass && code !== 'insufficient_quota',
    retryAfterMs: retryAfterMs(headers),
  });
}

function diagnose(
  status: number,
  mayPass: boolean,
  { failed, unreachable, nextSteps }: ServiceKind,
): { readonly code: RetrievalErrorCode; readonly nextStep: string } {
  if (status === 429) {
    return { code: 'overloaded', nextStep: 'Try again later, lower concurrency, or ask for a higher limit.' };
  }
  if (mayPass) return { code: unreachable, nextStep: 'Check that the service runs, and try again.' };
  return { code: failed, nextStep: nextStepOf(status, nextSteps) };
}

function nextStepOf(status: number, nextSteps: ServiceKind['nextSteps']): string {
  if (status === 401 || status === 403) return nextSteps.key;
  if (status === 404) return 'Check url, and that the service has the model.';
  if (status === 413) return nextSteps.tooLarge;
  if (status >= 500) return "Look at the service's own log; it may not run this model, or not these texts.";
  if (status < 400) return 'Set url to the address that answers itself; redirects are not followed.';
  return 'Check that the model takes these options and texts of this length.';
}
