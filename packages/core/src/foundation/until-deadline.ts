/**
 * Does the work, or gives up at the deadline: then the work's signal is aborted and the answer is `undefined`.
 *
 * @param deadlineAt milliseconds on the clock of `performance.now()`
 *
 * @example
 * import { setTimeout as sleep } from 'node:timers/promises';
 * import { untilDeadline } from '@secondpass/core/extend';
 * const slow = (signal: AbortSignal) => sleep(60_000, 'done', { signal });
 * await untilDeadline(slow, performance.now() + 20); // → undefined
 */
export async function untilDeadline<T>(
  work: (signal: AbortSignal) => Promise<T>,
  deadlineAt: number,
  signal?: AbortSignal,
): Promise<T | undefined> {
  const late = new AbortController();
  const either = signal ? AbortSignal.any([signal, late.signal]) : late.signal;
  const { promise: missed, resolve } = Promise.withResolvers<undefined>();
  const miss = () => {
    resolve(undefined);
    late.abort();
  };
  // A timer takes no delay beyond this, and a deadline so far away is none.
  const delay = Math.min(deadlineAt - performance.now(), 2 ** 31 - 1);
  if (delay <= 0) return undefined;
  const timer = setTimeout(miss, delay);
  const done = Promise.resolve(work(either));
  // A caller that has stopped waiting is not told that the work was stopped.
  done.catch(() => {});
  try {
    return await Promise.race([done, missed]);
  } finally {
    clearTimeout(timer);
  }
}
