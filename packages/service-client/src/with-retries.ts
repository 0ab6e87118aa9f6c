import { setTimeout as wait } from 'node:timers/promises';
import pRetry from 'p-retry';
import { FailedTry } from './failed-try.ts';

/** How often and how long {@link withRetries} tries. */
export interface RetryLimits {
  /** Tries after the first. */
  readonly retries: number;
  /** On the clock of `performance.now()`: a wait that ends after it is not begun. */
  readonly endsAt: number;
  readonly signal: AbortSignal;
  /** Whether a try that took too long is made again: not where the service still works on the first. @default true */
  readonly afterTimeout?: boolean;
  /**
   * Whether the time that the service asks for is waited for here, before the random one; else the attempt itself waits,
   * as other requests do then. @default true
   */
  readonly waitsAsAsked?: boolean;
}

/**
 * Tries, and again where that may help: after a random time of about a third of a second that doubles from try to try, so
 * that callers do not all come back at once, and no sooner than the service asks for.
 *
 * @throws FailedTry of the last try, or the signal's reason
 *
 * @example
 * import { withRetries } from '@secondpass/service-client';
 * const limits = { retries: 2, endsAt: performance.now() + 10_000, signal: AbortSignal.timeout(10_000) };
 * await withRetries(async () => 'answered', limits); // → 'answered'
 */
export function withRetries<T>(attempt: () => Promise<T>, limits: RetryLimits): Promise<T> {
  const { retries, endsAt, signal, afterTimeout = true, waitsAsAsked = true } = limits;
  return pRetry(attempt, {
    retries,
    signal,
    minTimeout: 200,
    maxTimeout: 10_000,
    randomize: true,
    async onFailedAttempt({ error, retriesLeft, retryDelay }) {
      if (!(error instanceof FailedTry) || !error.mayRetry || retriesLeft === 0) throw error;
      if (error.error.code === 'deadline-exceeded' && !afterTimeout) throw error;
      const asked = error.retryAfterMs ?? 0;
      const delay = waitsAsAsked ? asked + retryDelay : Math.max(asked, retryDelay);
      if (performance.now() + delay >= endsAt) throw error;
      if (!waitsAsAsked || asked === 0) return;
      await wait(asked, undefined, { signal }).catch(() => signal.throwIfAborted());
    },
  });
}
