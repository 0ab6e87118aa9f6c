import { setTimeout as sleep } from 'node:timers/promises';

/** Waits before a rejected request is sent again: 100 ms before the first time, then twice as long each time, 25 % more or less. */
export async function waitBeforeRetry(retry: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(100 * 2 ** (retry - 1) * (0.75 + Math.random() / 2), undefined, signal ? { signal } : {});
}
