import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { RetrievalError } from '@secondpass/core';
import { digestIfThere } from './cached-files.ts';
import { downloadBlob } from './download-blob.ts';
import { type FileDigests, matches } from './file-digest.ts';
import type { HubClient } from './hub-client.ts';
import { linkFile } from './link-file.ts';
import type { ModelCache } from './model-cache.ts';
import type { HubFile } from './repository.ts';

/** The progress of fetching a model. */
export interface FetchProgress {
  /** The file that is being fetched. */
  readonly file: string;
  /** Bytes received, of `totalBytes`; files that were already in the cache count from the start. */
  readonly doneBytes: number;
  /** Size of all files to fetch. */
  readonly totalBytes: number;
}

export interface FetchRequest {
  readonly name: string;
  readonly commit: string;
  readonly files: readonly HubFile[];
  readonly cache: ModelCache;
  readonly onProgress?: ((progress: FetchProgress) => void) | undefined;
  readonly signal: AbortSignal;
}

export interface FetchedFiles {
  readonly digests: ReadonlyMap<string, FileDigests>;
  /** Bytes of the files that were not in the cache. */
  readonly fetchedBytes: number;
}

/** Puts these files into a snapshot: files in the cache are checked and kept, the others are downloaded. */
export async function fetchModel(client: HubClient, request: FetchRequest): Promise<FetchedFiles> {
  const { name, commit, files, cache, onProgress, signal } = request;
  const snapshot = cache.snapshot(commit);
  const digests = new Map<string, FileDigests>();
  const absent: HubFile[] = [];
  for (const file of files) {
    const known = await digestCached(cache, snapshot, file, signal);
    if (known) digests.set(file.path, known);
    else absent.push(file);
  }
  const fetchedBytes = sum(absent);
  const totalBytes = sum(files);
  await checkSpace(cache, name, fetchedBytes);
  let doneBytes = totalBytes - fetchedBytes;
  for (const file of absent) {
    const onBytes = (bytes: number) =>
      onProgress?.({ file: file.path, doneBytes: doneBytes + bytes, totalBytes });
    const fetched = await downloadBlob(client, { name, commit, file, cache, onBytes, signal });
    await linkFile(cache.blob(file.digest), snapshot, file.path);
    digests.set(file.path, fetched);
    doneBytes += file.bytes;
  }
  return { digests, fetchedBytes };
}

/** The correct file from the snapshot, or from `blobs/`, where another commit or another tool may have left it. */
async function digestCached(
  cache: ModelCache,
  snapshot: string,
  file: HubFile,
  signal: AbortSignal,
): Promise<FileDigests | undefined> {
  const linked = await digestIfThere(join(snapshot, ...file.path.split('/')), signal);
  if (linked && matches(file.digest, linked)) return linked;
  const blob = await digestIfThere(cache.blob(file.digest), signal);
  if (!blob || !matches(file.digest, blob)) return undefined;
  await linkFile(cache.blob(file.digest), snapshot, file.path);
  return blob;
}

async function checkSpace(cache: ModelCache, name: string, bytes: number): Promise<void> {
  const disk = await statfs(join(cache.folder, '..')).catch(() => undefined);
  if (!disk || disk.bavail * disk.bsize >= bytes) return;
  const megabytes = (count: number) =>
    `${(count / 1e6).toLocaleString('en', { maximumFractionDigits: 1 })} MB`;
  throw new RetrievalError({
    code: 'model-cache-failed',
    origin: name,
    problem: `${megabytes(bytes)} must be fetched, and only ${megabytes(disk.bavail * disk.bsize)} are free.`,
    nextStep: 'Free some space, or set HF_HUB_CACHE to a folder on another disk.',
  });
}

function sum(files: readonly HubFile[]): number {
  return files.reduce((total, { bytes }) => total + bytes, 0);
}
