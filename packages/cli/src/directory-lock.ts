import { rmSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { RetrievalError } from '@secondpass/core';

export interface DirectoryLock {
  release(): Promise<void>;
}

/**
 * Keeps an embedded database's folder to one process: two that write the same files would ruin them. The lock is a file beside
 * the folder with the holder's process id; one whose holder has died is taken over.
 *
 * @throws RetrievalError `source-unreachable` while another process holds it
 */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  const path = `${directory}.lock`;
  await mkdir(dirname(directory), { recursive: true });
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      await writeFile(path, String(process.pid), { flag: 'wx' });
      return held(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw cannotLock(path, error);
    }
    const holder = Number(await readFile(path, 'utf8').catch(() => ''));
    if (isAlive(holder)) {
      throw new RetrievalError({
        code: 'source-unreachable',
        origin: directory,
        problem: `The process ${holder} has this embedded database open.`,
        nextStep: 'Wait until it ends; for several processes at once, use a PostgreSQL server.',
      });
    }
    await rm(path, { force: true });
  }
  throw cannotLock(path, undefined);
}

function held(path: string): DirectoryLock {
  const leave = (): void => rmSync(path, { force: true });
  process.once('exit', leave);
  return {
    release: async () => {
      process.off('exit', leave);
      await rm(path, { force: true });
    },
  };
}

function isAlive(process_: number): boolean {
  if (!Number.isInteger(process_) || process_ <= 0) return false;
  try {
    process.kill(process_, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function cannotLock(path: string, cause: unknown): RetrievalError {
  return new RetrievalError({
    code: 'source-failed',
    origin: path,
    problem: `The lock file cannot be written${cause instanceof Error ? ` (${cause.message})` : ''}.`,
    nextStep: 'Check that the folder can be written and the disk has room.',
    cause,
  });
}
