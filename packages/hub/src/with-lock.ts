import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { RetrievalError } from '@secondpass/core';
import lockfile from 'proper-lockfile';
import { cacheFailure } from './cache-failure.ts';

/** A holder that has not touched its lock for so long has ended without a word. */
const staleMs = 15_000;
const longestWaitMs = 30 * 60_000;
const lookAgainMs = 100;

/**
 * Runs an action while no other process of secondpass holds this lock; waits half an hour at most.
 *
 * @param action is given a signal that also aborts when the lock is lost, as after a long sleep of the machine
 * @throws RetrievalError `model-cache-failed` when the wait is too long or the lock cannot be made
 */
export async function withLock<T>(
  path: string,
  action: (signal: AbortSignal) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const lost = new AbortController();
  const release = await acquire(path, lost, signal);
  try {
    return await action(signal ? AbortSignal.any([signal, lost.signal]) : lost.signal);
  } finally {
    // A lock that was lost is somebody else's now.
    await release().catch(() => undefined);
  }
}

async function acquire(
  path: string,
  lost: AbortController,
  signal?: AbortSignal,
): Promise<() => Promise<void>> {
  await mkdir(dirname(path), { recursive: true }).catch((error) => Promise.reject(cacheFailure(path, error)));
  const end = performance.now() + longestWaitMs;
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await lockfile.lock(path, {
        lockfilePath: path,
        realpath: false,
        stale: staleMs,
        update: staleMs / 3,
        onCompromised: (error) => lost.abort(cacheFailure(path, error)),
      });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') throw cacheFailure(path, error);
    }
    if (performance.now() > end) throw stillHeld(path);
    await wait(lookAgainMs, undefined, { signal }).catch((error) => {
      signal?.throwIfAborted();
      throw error;
    });
  }
}

function stillHeld(path: string): RetrievalError {
  return new RetrievalError({
    code: 'model-cache-failed',
    origin: path,
    problem: `Another process has held this lock for ${longestWaitMs / 60_000} minutes.`,
    nextStep: 'Let it finish or end it, then run this again.',
  });
}
