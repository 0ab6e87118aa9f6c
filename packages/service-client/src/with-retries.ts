import { setTimeout as wait } from 'node:timers/promises';
import pRetry from 'p-retry';
import { FailedTry } from './failed-try.ts';

/** How often and how long {@link withRetries} tries. */
export interface RetryLimits {
  /** Tries after the first. */
  readonly retries: number;
  /** On the clock of `performance.now()`. A wait that would end later is not started. */
  readonly endsAt: number;
  readonly signal: AbortSignal;
  /** Whether a try is repeated after a timeout. Use false if the service still works on the first one. @default true */
  readonly afterTimeout?: boolean;
  /**
   * Whether to wait here for the time that the service asks for, before the random delay. If false, the attempt itself
   * has to wait, together with other requests. @default true
   */
  readonly waitsAsAsked?: boolean;
}

/**
 * Retries an attempt if that may help. The delay is random, about a third of a second at first, and doubles with each
 * try, so that callers do not all return at once. It is never shorter than the service asks for.
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
