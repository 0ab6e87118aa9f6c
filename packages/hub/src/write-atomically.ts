import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { cacheFailure } from './cache-failure.ts';

/**
 * Creates a file or a link under a temporary name, then moves it into place: a reader sees the old one or the new
 * one.
 *
 * @param make is given the temporary path
 * @throws RetrievalError `model-cache-failed`
 */
export async function putAtomically(path: string, make: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = `${path}.${randomUUID().slice(0, 8)}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await make(temporary);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw cacheFailure(path, error);
  }
}

/** Writes a small text; it is flushed to the disk before it gets its name. */
export async function writeAtomically(path: string, text: string): Promise<void> {
  await putAtomically(path, async (temporary) => {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
  });
}
