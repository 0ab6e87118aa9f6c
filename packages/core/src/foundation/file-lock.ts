import { accessSync, constants, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';

/** SQLite's code for a file that another connection has locked. */
const busy = 5;
/** Two processes that try at the same moment may both find the file busy; each tries again after a random delay. */
const pauseMs = { least: 10, most: 50 };

/** How long {@link takeFileLock} waits. */
export interface FileLockOptions {
  /** How long to try for. @default 500 */
  readonly waitMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Takes an exclusive lock on a file. The operating system holds the lock and releases it when the process ends, even
 * by a crash: there is no stale lock, and no process id that another container could have too. It keeps out other
 * processes, containers that share the folder, and a second call in this process.
 *
 * SQLite, which is part of Node, takes the lock (`fcntl` or `LockFileEx`). The file stays empty and is removed with
 * the lock.
 *
 * @param path a file in a folder that exists; best inside what is locked, so that every mount and link leads to the same file
 * @returns a function that releases the lock, safe to call twice; `undefined` if another holder kept the lock for all
 * of `waitMs`
 * @throws Error when the file cannot be created, is read-only, or has content; the signal's reason when it aborts
 *
 * @example
 * import { takeFileLock } from '@secondpass/core/extend';
 * const unlock = await takeFileLock('index.lock');
 * if (unlock === undefined) throw new Error('The index is in use.');
 * await takeFileLock('index.lock', { waitMs: 50 }); // → undefined
 * unlock();
 */
export async function takeFileLock(
  path: string,
  { waitMs = 500, signal }: FileLockOptions = {},
): Promise<(() => void) | undefined> {
  const end = performance.now() + waitMs;
  for (;;) {
    signal?.throwIfAborted();
    const unlock = tryLock(path);
    if (unlock || performance.now() >= end) return unlock;
    const { least, most } = pauseMs;
    await pause(least + Math.random() * (most - least), undefined, { ...(signal && { signal }) }).catch(() =>
      signal?.throwIfAborted(),
    );
  }
}

function tryLock(path: string): (() => void) | undefined {
  const before = identityOf(path);
  const database = openDatabase(path);
  try {
    // SQLite gives any number of processes a read lock on a read-only file. Only a write shows that. The transaction
    // is never committed, so nothing reaches the file.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE; PRAGMA user_version = 1');
  } catch (error) {
    database.close();
    if ((Number((error as { errcode?: unknown }).errcode) & 0xff) === busy) return undefined;
    throw reasonOf(error, path);
  }
  // The previous holder may have removed the file between opening and locking; the lock would be on a deleted file.
  if (before !== undefined && before === identityOf(path)) return unlocking(path, database);
  database.close();
  return before === undefined ? tryLock(path) : undefined;
}

function openDatabase(path: string): DatabaseSync {
  const { DatabaseSync } = quietSqlite();
  try {
    return new DatabaseSync(path);
  } catch (error) {
    throw reasonOf(error, path);
  }
}

/** SQLite says "unable to open database file"; the file system knows why. */
function reasonOf(error: unknown, path: string): unknown {
  try {
    accessSync(dirname(path), constants.W_OK | constants.X_OK);
    if (identityOf(path)) accessSync(path, constants.R_OK | constants.W_OK);
    return error;
  } catch (reason) {
    return reason;
  }
}

function unlocking(path: string, database: DatabaseSync): () => void {
  let isHeld = true;
  return () => {
    if (!isHeld) return;
    isHeld = false;
    try {
      // Remove the file while the lock is held: afterwards it could be the next holder's file.
      rmSync(path, { force: true });
    } catch {
      // Windows does not remove an open file. The next holder locks the same file.
    } finally {
      database.close();
    }
  };
}

/** Never opens the file: closing it again would end every lock that this process has on it. */
function identityOf(path: string): string | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found && `${found.dev}:${found.ino}`;
}

/** Node 22 and 24 print a warning that SQLite is experimental; the lock uses only its stable parts. */
function quietSqlite(): typeof import('node:sqlite') {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return process.getBuiltinModule('node:sqlite');
  } finally {
    process.emitWarning = emitWarning;
  }
}
