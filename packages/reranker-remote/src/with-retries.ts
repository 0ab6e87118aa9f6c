import pRetry from 'p-retry';
import { FailedTry } from './failed-try.ts';

export interface RetryLimits {
  /** Tries after the first. */
  readonly retries: number;
  /** On the clock of `performance.now()`: a wait that ends after it is not begun. */
  readonly endsAt: number;
  readonly signal: AbortSignal;
  /** Whether a try that took too long is made again: not where the service still works on the first. */
  readonly afterTimeout: boolean;
}

/**
 * Tries, and again where that may help: after a random time of about a third of a second that doubles from try to try, so
 * that callers do not all come back at once. What the service asks to wait is for the try itself to wait.
 *
 * @throws FailedTry of the last try, or the signal's reason
 */
export function withRetries<T>(attempt: () => Promise<T>, limits: RetryLimits): Promise<T> {
  const { retries, endsAt, signal, afterTimeout } = limits;
  return pRetry(attempt, {
    retries,
    signal,
    minTimeout: 200,
    maxTimeout: 10_000,
    randomize: true,
    onFailedAttempt({ error, retriesLeft, retryDelay }) {
      if (!(error instanceof FailedTry) || !error.mayRetry || retriesLeft === 0) throw error;
      if (error.error.code === 'deadline-exceeded' && !afterTimeout) throw error;
      const delay = Math.max(retryDelay, error.retryAfterMs ?? 0);
      if (performance.now() + delay >= endsAt) throw error;
    },
  });
}
