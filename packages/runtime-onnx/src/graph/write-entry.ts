import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';

/** Writes what is known of files in the cache, so that other processes see the old entry or the new one. */
export async function writeEntry(path: string, entry: object): Promise<void> {
  const temporary = `${path}.${process.pid}.${randomUUID()}`;
  try {
    await writeFile(temporary, JSON.stringify(entry));
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Writes an entry again if it has new stamps. In a cache that cannot be written, the files are read at each load. */
export async function keepStamps(path: string, before: object, now: object): Promise<void> {
  if (JSON.stringify(before) !== JSON.stringify(now)) await writeEntry(path, now).catch(() => {});
}
