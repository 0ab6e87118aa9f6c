import { join } from 'node:path';
import { type Precision, RetrievalError } from '@secondpass/core';
import { abortSignal, callback, checkOptions, oneOf, text } from '@secondpass/core/extend';
import { z } from 'zod';
import { digestLinked, listSnapshot } from './cached-files.ts';
import { type ChosenFiles, chooseFiles } from './choose-files.ts';
import { type FetchProgress, fetchModel } from './fetch-model.ts';
import type { FileDigests } from './file-digest.ts';
import { HubClient } from './hub-client.ts';
import type { HubSettings } from './hub-settings.ts';
import { hubSettings } from './hub-settings-shape.ts';
import { type LockedModel, readLockFile, updateLockFile } from './lock-file.ts';
import { cachedCommit, type ModelCache, modelCache } from './model-cache.ts';
import { isCommit, parseModelName } from './model-name.ts';
import { modelView } from './model-view.ts';
import { lockedModelStates } from './open-locked-model.ts';
import { listFiles, resolveCommit } from './repository.ts';
import { withLock } from './with-lock.ts';
import { writeAtomically } from './write-atomically.ts';

/** Where {@link addModel} pins a model, and where it comes from. */
export interface AddModelOptions {
  /** The file in which the model is pinned; it is created if it is missing. */
  readonly lockFile: string;
  readonly settings: HubSettings;
  /** Which graph. @default the pinned one, otherwise fp32 if the repository has it, otherwise int8 */
  readonly precision?: Precision | undefined;
  /** Further files of the repository, by their paths. */
  readonly include?: readonly string[];
  /** Called while files are fetched. @default nothing is told */
  readonly onProgress?: (progress: FetchProgress) => void;
  readonly signal?: AbortSignal;
}

/** A model that {@link addModel} has pinned. Sizes are in bytes. */
export interface AddedModel {
  readonly name: string;
  readonly revision: string;
  readonly commit: string;
  /** The directory for `loadCrossEncoder` and `loadBiEncoder`. */
  readonly directory: string;
  /** How many files the model has. */
  readonly files: number;
  /** Size of all files. */
  readonly bytes: number;
  /** Bytes of the files that were not in the cache. */
  readonly fetchedBytes: number;
}

const optionsSchema = z.strictObject({
  lockFile: text,
  settings: hubSettings,
  precision: oneOf(['fp32', 'int8']).optional(),
  include: z
    .custom<readonly string[]>(
      (value) => Array.isArray(value) && value.every((path) => typeof path === 'string'),
      'a list of paths',
    )
    .optional(),
  onProgress: callback('the progress').optional(),
  signal: abortSignal.optional(),
});

/** The input of one run. */
interface Addition extends AddModelOptions {
  readonly name: string;
  readonly revision: string;
  /** What the lock file pins, if the pin must stay. */
  readonly pinned: LockedModel | undefined;
  readonly cache: ModelCache;
  readonly signal: AbortSignal;
}

interface Arrived {
  readonly commit: string;
  readonly chosen: ChosenFiles;
  readonly digests: ReadonlyMap<string, FileDigests>;
  readonly fetchedBytes: number;
}

/**
 * Brings a model into the cache and pins it in a lock file. A pinned name without `@revision` stays at its commit,
 * and its files must have the pinned digests. With `@revision` the pin moves to that revision's current commit.
 * Offline, the cache must hold all files.
 *
 * @param written `organization/name` or `organization/name@revision`
 * @throws RetrievalError `model-not-found`, `model-unsupported`, `model-damaged`, `hub-refused`, `hub-unreachable`,
 * `model-cache-failed`; the lock file is then unchanged, and the next run continues the downloads
 *
 * @example
 * import { loadCrossEncoder } from '@secondpass/core';
 * import { addModel, readHubSettings } from '@secondpass/hub';
 * const settings = await readHubSettings(process.env);
 * const name = 'cross-encoder/ms-marco-MiniLM-L6-v2';
 * const { directory } = await addModel(name, { lockFile: 'secondpass.lock.json', settings });
 * await using reranker = await loadCrossEncoder(directory);
 */
export async function addModel(written: string, options: AddModelOptions): Promise<AddedModel> {
  const { name, revision } = parseModelName(written);
  checkOptions(optionsSchema, options, { origin: 'add-model' });
  const { lockFile, settings } = options;
  const former = (await readLockFile(lockFile))[name];
  const pinned = revision === undefined ? former : undefined;
  const cache = modelCache(settings.cacheDirectory, name);
  const wanted = revision ?? former?.revision ?? 'main';
  return withLock(
    cache.lock,
    async () => {
      const { signal = new AbortController().signal } = options;
      const addition = { ...options, name, revision: wanted, pinned, cache, signal };
      const complete = pinned && (await isComplete(addition, pinned));
      const arrived = complete
        ? undefined
        : await (settings.offline ? takeCached(addition) : fetchFrom(addition));
      const locked = arrived ? toLocked(addition, arrived) : pinned!;
      if (arrived && !isCommit(wanted) && !pinned && !settings.offline)
        await writeAtomically(cache.ref(wanted), locked.commit);
      const directory = await modelView(cache, locked);
      if (arrived) await updateLockFile(lockFile, (models) => ({ ...models, [name]: locked }), signal);
      const sizes = Object.values(locked.files).map(({ bytes }) => bytes);
      return {
        name,
        revision: wanted,
        commit: locked.commit,
        directory,
        files: sizes.length,
        bytes: sizes.reduce((sum, bytes) => sum + bytes, 0),
        fetchedBytes: arrived?.fetchedBytes ?? 0,
      };
    },
    options.signal,
  );
}

/** Whether all pinned files are in the cache and nothing else is requested: then no hub is needed. */
async function isComplete(
  { name, settings, precision, include = [], signal }: Addition,
  pinned: LockedModel,
) {
  if (precision && !pinned.graphs[precision]) return false;
  if (!include.every((path) => path in pinned.files)) return false;
  const states = await lockedModelStates(name, pinned, settings, signal);
  return states.every(({ state }) => state === 'ok');
}

async function fetchFrom(addition: Addition): Promise<Arrived> {
  const { name, revision, pinned, settings, cache, onProgress, signal } = addition;
  const client = new HubClient(settings);
  try {
    const commit = pinned?.commit ?? (await resolveCommit(client, { name, revision }, signal));
    const listed = await listFiles(client, { name, commit }, signal);
    const chosen = choose(
      addition,
      listed.map(({ path }) => path),
    );
    const files = listed.filter(({ path }) => chosen.paths.includes(path));
    return {
      commit,
      chosen,
      ...(await fetchModel(client, { name, commit, files, cache, onProgress, signal })),
    };
  } finally {
    await client.close();
  }
}

async function takeCached(addition: Addition): Promise<Arrived> {
  const { name, revision, pinned, cache, signal } = addition;
  const commit = pinned?.commit ?? (await cachedCommit(cache, revision));
  const paths = commit === undefined ? [] : await listSnapshot(cache.snapshot(commit));
  if (commit === undefined || paths.length === 0) throw notCached(name, `${name}@${commit ?? revision} is`);
  const chosen = choose(addition, paths);
  const digests = new Map<string, FileDigests>();
  for (const path of chosen.paths) {
    const found = await digestLinked(join(cache.snapshot(commit), ...path.split('/')), signal);
    if (!found) throw notCached(name, `${path} of ${commit.slice(0, 12)} is`);
    digests.set(path, found);
  }
  return { commit, chosen, digests, fetchedBytes: 0 };
}

/** Pinned files stay, and requested files are added. */
function choose({ name, pinned, precision, include = [] }: Addition, paths: readonly string[]): ChosenFiles {
  const kept = pinned ? Object.keys(pinned.files) : [];
  const chosen = chooseFiles(name, paths, {
    precision: precision ?? (pinned && (Object.keys(pinned.graphs)[0] as Precision)),
    include: [...kept, ...include],
  });
  return { paths: chosen.paths, graphs: { ...pinned?.graphs, ...chosen.graphs } };
}

function toLocked({ name, revision, pinned }: Addition, { commit, chosen, digests }: Arrived): LockedModel {
  const files: LockedModel['files'] = {};
  for (const path of [...chosen.paths].sort()) {
    const { sha256, bytes } = digests.get(path)!;
    if (pinned?.files[path] && pinned.files[path].sha256 !== sha256)
      throw new RetrievalError({
        code: 'model-damaged',
        origin: name,
        problem: `${path} of commit ${commit} has SHA-256 ${sha256}, and the lock file pins ${pinned.files[path].sha256}.`,
        nextStep: `A commit does not change, so the hub, the cache or the lock file was altered. To trust the current content, remove the model and add it again.`,
      });
    files[path] = { sha256, bytes };
  }
  return { revision, commit, graphs: chosen.graphs, files };
}

function notCached(origin: string, subject: string): RetrievalError {
  return new RetrievalError({
    code: 'model-not-found',
    origin,
    problem: `${subject} not in the cache, or altered, and HF_HUB_OFFLINE forbids fetching.`,
    nextStep: 'Unset HF_HUB_OFFLINE, or copy the cache folder of the model from another machine.',
  });
}
