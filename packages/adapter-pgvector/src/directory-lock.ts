import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { RetrievalError } from '@secondpass/core';
import { takeFileLock } from '@secondpass/core/extend';

const lockName = '.secondpass.lock';

/**
 * Keeps a second opener out of an embedded database: PGlite does not notice one, and the two would ruin the files. The lock is
 * inside the directory, so that a link to it, or another container's mount of it, leads to the same lock.
 *
 * @param directory of the database; it must exist
 * @param origin who asks, for the error
 * @returns gives the lock back
 * @throws RetrievalError `source-failed` while another process, or this one, has the directory open, when the directory cannot
 *   be written, and when it holds something else
 *
 * @example
 * import { mkdir } from 'node:fs/promises';
 * import { lockDirectory } from '@secondpass/adapter-pgvector';
 * await mkdir('index');
 * const unlock = await lockDirectory('index', 'my-tool');
 * unlock();
 */
export async function lockDirectory(directory: string, origin: string): Promise<() => void> {
  const path = join(directory, lockName);
  const unlock = await takeLock(directory, path).catch((error: Error) => {
    throw new RetrievalError({
      code: 'source-failed',
      origin,
      problem: `${directory} cannot be locked for this process (${path}: ${error.message}).`,
      nextStep: `Check that it is a directory that may be written, and that ${lockName} in it is empty, or name another one and index again.`,
      cause: error,
    });
  });
  if (unlock && (await isDatabaseOrEmpty(directory))) return unlock;
  if (unlock) {
    unlock();
    throw new RetrievalError({
      code: 'source-failed',
      origin,
      problem: `${directory} holds files, but not a complete database (PG_VERSION is missing).`,
      nextStep:
        'Name a new or empty directory; if this one was a database, restore it, or delete it and index again.',
    });
  }
  throw new RetrievalError({
    code: 'source-failed',
    origin,
    problem: `${directory} is open already, in this process or another one.`,
    nextStep: 'Close it there, or use another directory. The lock ends with the process that holds it.',
  });
}

/** PostgreSQL would create a database among any existing files. */
async function isDatabaseOrEmpty(directory: string): Promise<boolean> {
  const entries = await readdir(directory);
  // The root of a mounted disk contains lost+found.
  return entries.includes('PG_VERSION') || entries.every((entry) => /^(?:\..*|lost\+found)$/.test(entry));
}

async function takeLock(directory: string, path: string): Promise<(() => void) | undefined> {
  await mkdir(directory, { recursive: true });
  return takeFileLock(path);
}
