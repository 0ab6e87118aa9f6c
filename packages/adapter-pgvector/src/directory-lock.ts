import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { RetrievalError } from '@secondpass/core';

/** Locks of this process. After a restart in a container its id is often the one in the file that was left behind. */
const held = new Set<string>();

/**
 * Keeps a second process out of an embedded database: PGlite does not notice one, and the two would ruin the files.
 * The lock is a file beside the directory with the process id in it; one whose process is gone is taken over.
 *
 * @returns gives the lock back
 * @throws RetrievalError `source-failed` while another process, or this one, has the directory open
 */
export async function lockDirectory(directory: string, origin: string): Promise<() => Promise<void>> {
  const path = `${resolve(directory)}.lock`;
  await mkdir(dirname(path), { recursive: true });
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      const file = await open(path, 'wx');
      held.add(path);
      await file.writeFile(String(process.pid));
      await file.close();
      return async () => {
        if (held.delete(path)) await rm(path, { force: true });
      };
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'EEXIST') throw error;
    }
    const holder = Number(await readFile(path, 'utf8').catch(() => ''));
    if (holder === process.pid ? held.has(path) : isRunning(holder)) {
      throw new RetrievalError({
        code: 'source-failed',
        origin,
        problem: `${directory} is open in ${holder === process.pid ? 'this process' : `the process ${holder}`} already.`,
        nextStep: `Close it there, or use another directory; if no process uses it, delete ${path}.`,
      });
    }
    await rm(path, { force: true });
  }
  throw new RetrievalError({
    code: 'source-failed',
    origin,
    problem: `${path} keeps being taken by other processes.`,
    nextStep: 'Use another directory.',
  });
}

function isRunning(id: number): boolean {
  if (!Number.isInteger(id) || id < 1) return false;
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    return (error as { code?: unknown }).code === 'EPERM';
  }
}
