import { join } from 'node:path';
import { readModelText } from '@secondpass/core/runtime';
import { isCommit } from './model-name.ts';

/** The place of one model in the cache that Hugging Face's tools share. */
export interface ModelCache {
  /** `models--organization--name` */
  readonly folder: string;
  readonly blob: (digest: string) => string;
  /** An unfinished download; Hugging Face's tools do not use this name. */
  readonly part: (digest: string) => string;
  readonly ref: (revision: string) => string;
  readonly snapshot: (commit: string) => string;
  /** A snapshot whose graph has the name that core looks for; made only if the repository names it differently. */
  readonly view: (commit: string) => string;
  /** Held while this model is written. */
  readonly lock: string;
}

export function modelCache(cacheDirectory: string, name: string): ModelCache {
  const repository = `models--${name.replace('/', '--')}`;
  const folder = join(cacheDirectory, repository);
  return {
    folder,
    blob: (digest) => join(folder, 'blobs', digest),
    part: (digest) => join(folder, 'blobs', `${digest}.secondpass.incomplete`),
    ref: (revision) => join(folder, 'refs', ...revision.split('/')),
    snapshot: (commit) => join(folder, 'snapshots', commit),
    view: (commit) => join(folder, '.secondpass', commit),
    lock: join(cacheDirectory, '.locks', repository, 'secondpass.lock'),
  };
}

/** Longest file that holds a commit, in bytes, with room for line breaks. */
const longestRef = 100;

/** The commit of a revision as the cache knows it, without asking a hub. */
export async function cachedCommit(cache: ModelCache, revision: string): Promise<string | undefined> {
  if (isCommit(revision)) return revision;
  const written = await readModelText(cache.ref(revision), longestRef).catch(() => '');
  return isCommit(written.trim()) ? written.trim() : undefined;
}
