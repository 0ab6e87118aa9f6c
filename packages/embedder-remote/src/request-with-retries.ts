import { setTimeout as wait } from 'node:timers/promises';
import pRetry from 'p-retry';
import { FailedTry } from './failed-try.ts';
import { type Service, tryRequest } from './try-request.ts';

export interface RetryLimits {
  /** Tries after the first. */
  readonly retries: number;
  /** On the clock of `performance.now()`: a wait that ends after it is not begun. */
  readonly endsAt: number;
}

/**
 * Makes a request, and again where that may help: after the time that the service asks for, and in any case after a
 * random one of about half a second that doubles from try to try, so that callers do not all come back at once.
 *
 * @throws FailedTry of the last try, or the signal's reason
 */
export function requestWithRetries(
  service: Service,
  request: { readonly path: string; readonly body?: unknown },
  { retries, endsAt }: RetryLimits,
  signal: AbortSignal,
): Promise<unknown> {
  return pRetry(() => tryRequest(service, request, signal), {
    retries,
    signal,
    minTimeout: 250,
    maxTimeout: 10_000,
    randomize: true,
    async onFailedAttempt({ error, retriesLeft, retryDelay }) {
      if (!(error instanceof FailedTry) || !error.mayRetry || retriesLeft === 0) throw error;
      const asked = error.retryAfterMs ?? 0;
      if (performance.now() + asked + retryDelay >= endsAt) throw error;
      if (asked > 0) await wait(asked, undefined, { signal }).catch(() => signal.throwIfAborted());
    },
  });
}
