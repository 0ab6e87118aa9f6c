/**
 * Waits for the work and rejects with the signal's reason once aborted, even if the work ignores its signal. The work
 * of foreign code may also be a plain value.
 *
 * @example
 * import { untilAborted } from '@secondpass/core/extend';
 * const never = new Promise<string>(() => {});
 * const outcome = await untilAborted(never, AbortSignal.timeout(20)).catch((reason: Error) => reason.name);
 * outcome; // → 'TimeoutError'
 */
export async function untilAborted<T>(given: Promise<T>, signal: AbortSignal): Promise<T> {
  const work = Promise.resolve(given);
  const left = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true, signal: left.signal });
  });
  // When the abort wins, the work's later result or error is discarded.
  work.catch(() => {});
  try {
    return await Promise.race([work, aborted]);
  } finally {
    left.abort();
  }
}
