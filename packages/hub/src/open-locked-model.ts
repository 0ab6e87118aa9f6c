import { join } from 'node:path';
import { RetrievalError } from '@secondpass/core';
import { ifThere } from './cached-files.ts';
import { sha256OfFile } from './file-digest.ts';
import type { HubSettings } from './hub-settings.ts';
import { type LockedModel, readLockFile } from './lock-file.ts';
import { checkLockedModelOptions, type LockedModelOptions } from './locked-model-options.ts';
import { modelCache } from './model-cache.ts';
import { isCommit, parseModelName } from './model-name.ts';
import { modelView } from './model-view.ts';

/** A cached file, compared with its digest in the lock file. */
export interface LockedModelState {
  readonly path: string;
  /** Size that the lock file states. */
  readonly bytes: number;
  readonly state: 'ok' | 'altered' | 'missing';
}

/**
 * The directory of a model that a lock file pins. Every file is compared with its pinned digest. Uses no network.
 *
 * @param name `organization/name`, or with the `@revision` that it is pinned by
 * @returns the directory, for `loadCrossEncoder` or `loadBiEncoder`
 * @throws RetrievalError `model-not-found` when it is not pinned or not in the cache, `model-damaged` when a file is altered
 *
 * @example
 * import { loadCrossEncoder } from '@secondpass/core';
 * import { openLockedModel, readHubSettings } from '@secondpass/hub';
 * const settings = await readHubSettings(process.env);
 * const name = 'cross-encoder/ms-marco-MiniLM-L6-v2';
 * await using reranker = await loadCrossEncoder(
 *   await openLockedModel(name, { lockFile: 'secondpass.lock.json', settings }),
 * );
 */
export async function openLockedModel(name: string, options: LockedModelOptions): Promise<string> {
  const { lockFile, settings, signal } = checkLockedModelOptions(options, 'open-locked-model');
  const wanted = parseModelName(name);
  const locked = (await readLockFile(lockFile))[wanted.name];
  const command = `secondpass models add ${name}`;
  if (!locked) throw notFound(name, `The model is not in ${lockFile}.`, `Run: ${command}`);
  if (wanted.revision !== undefined && ![locked.revision, locked.commit].includes(wanted.revision))
    throw notFound(
      name,
      `${lockFile} pins revision ${locked.revision}${isCommit(locked.revision) ? '' : ` (${locked.commit.slice(0, 12)})`}.`,
      `Run: ${command}, or name the pinned revision.`,
    );
  const files = await lockedModelStates(wanted.name, locked, settings, signal);
  const bad = files.filter(({ state }) => state !== 'ok');
  if (bad.every(({ state }) => state === 'missing') && bad.length > 0)
    throw notFound(
      name,
      `It is pinned, and ${describe(bad)} not in the cache.`,
      `Run: secondpass models add ${wanted.name}`,
    );
  if (bad.length > 0)
    throw new RetrievalError({
      code: 'model-damaged',
      origin: name,
      problem: `${describe(bad)} not what ${lockFile} pins.`,
      nextStep: `Run: secondpass models add ${wanted.name}, which fetches the files that differ.`,
    });
  return modelView(modelCache(settings.cacheDirectory, wanted.name), locked);
}

/** Every file of a locked model, compared with its digest. */
export async function lockedModelStates(
  name: string,
  { commit, files }: LockedModel,
  { cacheDirectory }: HubSettings,
  signal?: AbortSignal,
): Promise<readonly LockedModelState[]> {
  const snapshot = modelCache(cacheDirectory, name).snapshot(commit);
  const states: LockedModelState[] = [];
  for (const [path, { sha256, bytes }] of Object.entries(files)) {
    const found = await ifThere(sha256OfFile(join(snapshot, ...path.split('/')), signal), signal);
    const state = found === undefined ? 'missing' : found === sha256 ? 'ok' : 'altered';
    states.push({ path, bytes, state });
  }
  return states;
}

function describe(files: readonly LockedModelState[]): string {
  const shown = files
    .slice(0, 3)
    .map(({ path }) => path)
    .join(', ');
  return `${shown}${files.length > 3 ? ` and ${files.length - 3} more` : ''} ${files.length === 1 ? 'is' : 'are'}`;
}

function notFound(origin: string, problem: string, nextStep: string): RetrievalError {
  return new RetrievalError({ code: 'model-not-found', origin, problem, nextStep });
}
