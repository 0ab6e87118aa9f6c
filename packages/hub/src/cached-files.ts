import { readdir, readlink, realpath } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import { RetrievalError } from '@secondpass/core';
import { digestFile, type FileDigests, matches } from './file-digest.ts';
import { isSafePath } from './safe-path.ts';

/** The files of a snapshot that is in the cache, as paths with `/`; none when it is not there. */
export async function listSnapshot(snapshot: string): Promise<readonly string[]> {
  const entries = await readdir(snapshot, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(snapshot.length + 1)
        .split(sep)
        .join('/'),
    )
    .filter(isSafePath)
    .sort();
}

/** Digests of a file, or `undefined` if it does not exist or is a broken link. */
export function digestIfThere(path: string, signal?: AbortSignal): Promise<FileDigests | undefined> {
  return ifThere(digestFile(path, signal), signal);
}

/**
 * The result of reading a file, or `undefined` if there is no regular file: folders, pipes and devices do not count.
 */
export async function ifThere<T>(reading: Promise<T>, signal?: AbortSignal): Promise<T | undefined> {
  return reading.catch((error) => {
    signal?.throwIfAborted();
    if (RetrievalError.is(error) && error.code === 'model-damaged') return undefined;
    if (['ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP'].includes(error.code)) return undefined;
    throw error;
  });
}

/** As `digestIfThere`, but also `undefined` if the content does not match the digest in the link target's name. */
export async function digestLinked(pointer: string, signal?: AbortSignal): Promise<FileDigests | undefined> {
  const digests = await digestIfThere(pointer, signal);
  const expected = await nameOfBytes(pointer);
  return digests && (expected === undefined || matches(expected, digests)) ? digests : undefined;
}

/** The digest that a link's target is named after; a copy has none. */
async function nameOfBytes(pointer: string): Promise<string | undefined> {
  if (!(await readlink(pointer).catch(() => undefined))) return undefined;
  const name = basename(await realpath(pointer).catch(() => ''));
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(name) ? name : undefined;
}
