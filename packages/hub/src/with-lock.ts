import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { RetrievalError } from '@secondpass/core';
import { takeFileLock } from '@secondpass/core/extend';
import { cacheFailure } from './cache-failure.ts';

const longestWaitMs = 30 * 60_000;

/**
 * Runs an action while no other process of secondpass holds this lock; waits at most half an hour. A process that
 * ends, even by a crash, releases its lock.
 *
 * @throws RetrievalError `model-cache-failed` when the wait is too long or the lock cannot be created
 */
export async function withLock<T>(path: string, action: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const release = await acquire(path, signal);
  try {
    return await action();
  } finally {
    release();
  }
}

async function acquire(path: string, signal: AbortSignal | undefined): Promise<() => void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    const release = await takeFileLock(path, { waitMs: longestWaitMs, signal });
    if (release) return release;
  } catch (error) {
    signal?.throwIfAborted();
    throw cacheFailure(path, error);
  }
  throw new RetrievalError({
    code: 'model-cache-failed',
    origin: path,
    problem: `Another process has held this lock for ${longestWaitMs / 60_000} minutes.`,
    nextStep: 'Let it finish or end it, then run this again.',
  });
}
