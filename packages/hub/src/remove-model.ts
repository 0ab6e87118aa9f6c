import { readdir, readFile, realpath, rm, rmdir } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { RetrievalError } from '@secondpass/core';
import { abortSignal, checkOptions, flag, text } from '@secondpass/core/extend';
import { z } from 'zod';
import { listSnapshot } from './cached-files.ts';
import type { HubSettings } from './hub-settings.ts';
import { hubSettings } from './hub-settings-shape.ts';
import { type LockedModel, readLockFile, updateLockFile } from './lock-file.ts';
import { type ModelCache, modelCache } from './model-cache.ts';
import { parseModelName } from './model-name.ts';
import { withLock } from './with-lock.ts';

/** Where {@link removeModel} looks. */
export interface RemoveModelOptions {
  readonly lockFile: string;
  readonly settings: HubSettings;
  /** Also deletes the pinned files from the cache, which other tools and projects share. @default false */
  readonly purge?: boolean;
  readonly signal?: AbortSignal;
}

const optionsSchema = z.strictObject({
  lockFile: text,
  settings: hubSettings,
  purge: flag.optional(),
  signal: abortSignal.optional(),
});

/**
 * Takes a model out of the lock file.
 *
 * @param written `organization/name`
 * @throws RetrievalError `model-not-found` when it is not in there
 *
 * @example
 * import { readHubSettings, removeModel } from '@secondpass/hub';
 * const settings = await readHubSettings(process.env);
 * await removeModel('cross-encoder/ms-marco-MiniLM-L6-v2', { lockFile: 'secondpass.lock.json', settings });
 */
export async function removeModel(written: string, options: RemoveModelOptions): Promise<void> {
  const { name } = parseModelName(written);
  checkOptions(optionsSchema, options, { origin: 'remove-model' });
  const { lockFile, settings, purge = false, signal } = options;
  const locked = (await readLockFile(lockFile))[name];
  if (!locked)
    throw new RetrievalError({
      code: 'model-not-found',
      origin: name,
      problem: `The model is not in ${lockFile}.`,
      nextStep: '`secondpass models list` shows the models in it.',
    });
  await updateLockFile(lockFile, ({ [name]: _, ...others }) => others, signal);
  if (!purge) return;
  const cache = modelCache(settings.cacheDirectory, name);
  await withLock(cache.lock, () => purgeFiles(cache, locked), signal);
}

/** Deletes links, then bytes that no snapshot links to any more. Everything else in the cache stays. */
async function purgeFiles(cache: ModelCache, { commit, files }: LockedModel): Promise<void> {
  const snapshot = cache.snapshot(commit);
  const pointers = Object.keys(files).map((path) => join(snapshot, ...path.split('/')));
  const bytes = await Promise.all(pointers.map((pointer) => realpath(pointer).catch(() => pointer)));
  await rm(cache.view(commit), { recursive: true, force: true });
  for (const pointer of pointers) await rm(pointer, { force: true });
  const used = await usedBytes(cache);
  const blobs = (await realpath(join(cache.folder, 'blobs')).catch(() => '')) + sep;
  for (const path of bytes) if (path.startsWith(blobs) && !used.has(path)) await rm(path, { force: true });
  await removeEmptyFolders(pointers, snapshot);
  if ((await listSnapshot(snapshot)).length === 0) await removeRefs(cache, commit);
}

async function usedBytes(cache: ModelCache): Promise<ReadonlySet<string>> {
  const snapshots = join(cache.folder, 'snapshots');
  const links = await listSnapshot(snapshots);
  return new Set(await Promise.all(links.map((path) => realpath(join(snapshots, path)).catch(() => ''))));
}

async function removeEmptyFolders(pointers: readonly string[], snapshot: string): Promise<void> {
  const folders = new Set([...pointers.map((pointer) => dirname(pointer)), snapshot]);
  // The deepest first. Deleting a folder that is not empty fails, as intended.
  for (const folder of [...folders].sort((a, b) => b.length - a.length))
    await rmdir(folder).catch(() => undefined);
}

async function removeRefs(cache: ModelCache, commit: string): Promise<void> {
  const refs = join(cache.folder, 'refs');
  const entries = await readdir(refs, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries.filter((one) => one.isFile())) {
    const path = join(entry.parentPath, entry.name);
    if ((await readFile(path, 'utf8')).trim() === commit) await rm(path, { force: true });
  }
}
