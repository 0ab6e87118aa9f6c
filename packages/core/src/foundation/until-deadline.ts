/**
 * Runs the work until the deadline; then it aborts the work's signal and returns `undefined`.
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
  // Longest delay of a timer; a deadline that is further away has no effect in practice.
  const delay = Math.min(deadlineAt - performance.now(), 2 ** 31 - 1);
  if (delay <= 0) return undefined;
  const timer = setTimeout(miss, delay);
  const done = Promise.resolve(work(either));
  // After the deadline, no caller waits for the work: its rejection is ignored.
  done.catch(() => {});
  try {
    return await Promise.race([done, missed]);
  } finally {
    clearTimeout(timer);
  }
}
