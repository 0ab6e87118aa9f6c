import { RetrievalError } from '@secondpass/core';
import { foreignCause } from '@secondpass/core/extend';
import { z } from 'zod';
import { headerValue } from './header-value.ts';
import type { HubClient } from './hub-client.ts';
import { isCommit } from './model-name.ts';
import { readText } from './read-body.ts';
import { checkSafePath } from './safe-path.ts';
import { withRetries } from './with-retries.ts';

/** A file of a model at one commit. */
export interface HubFile {
  readonly path: string;
  readonly bytes: number;
  /** SHA-256 of the content for a large file (64 digits), git's SHA-1 of it for a small one (40): its name in the cache. */
  readonly digest: string;
}

const commit = z.object({ sha: z.string().regex(/^[0-9a-f]{40}$/) });
const size = z.int().min(0);
const entries = z.array(
  z.looseObject({
    type: z.string(),
    path: z.string(),
    size: size.optional(),
    oid: z.string().optional(),
    lfs: z.looseObject({ oid: z.string().regex(/^[0-9a-f]{64}$/), size }).nullish(),
  }),
);
const gitDigest = /^[0-9a-f]{40}$/;
const largestPage = 32 * 1024 * 1024;
const mostPages = 100;

/** The current commit of a branch or a tag. A commit is requested as well, to know that it exists. */
export async function resolveCommit(
  client: HubClient,
  { name, revision }: { readonly name: string; readonly revision: string },
  signal?: AbortSignal,
): Promise<string> {
  const path = `/api/models/${name}/revision/${encodeURIComponent(revision)}`;
  const { value } = await getJson(client, path, name, commit, signal);
  if (isCommit(revision) && value.sha !== revision)
    throw notAHub(client, `it answers with commit ${value.sha} to a request for ${revision}`);
  return value.sha;
}

/** Every file of a commit. Fails if any path would leave the cache: no part of such a model can be trusted. */
export async function listFiles(
  client: HubClient,
  { name, commit }: { readonly name: string; readonly commit: string },
  signal?: AbortSignal,
): Promise<readonly HubFile[]> {
  const files: HubFile[] = [];
  let next: string | undefined = `/api/models/${name}/tree/${commit}?recursive=true&expand=false`;
  for (let page = 0; next !== undefined; page += 1) {
    if (page === mostPages) throw notAHub(client, `its list of files has more than ${mostPages} pages`);
    const answer: { value: z.infer<typeof entries>; next: string | undefined } = await getJson(
      client,
      next,
      name,
      entries,
      signal,
    );
    for (const entry of answer.value) {
      checkSafePath(entry.path, name);
      if (entry.type !== 'file') continue;
      const digest = entry.lfs?.oid ?? entry.oid ?? '';
      const bytes = entry.lfs?.size ?? entry.size;
      if (bytes === undefined || !(entry.lfs || gitDigest.test(digest)))
        throw notAHub(client, `it states no size and digest for ${entry.path}`);
      files.push({ path: entry.path, bytes, digest });
    }
    next = answer.next;
  }
  return files;
}

async function getJson<T extends z.ZodType>(
  client: HubClient,
  path: string,
  model: string,
  schema: T,
  signal?: AbortSignal,
): Promise<{ value: z.infer<T>; next: string | undefined }> {
  return withRetries(
    async () => {
      const { body, headers } = await client.get(path, model, { accept: 'application/json' }, signal);
      const text = await client.reading(
        () => readText(body, client.settings.stallTimeoutMs, largestPage),
        signal,
      );
      try {
        return {
          value: schema.parse(JSON.parse(text)),
          next: nextPage(client, headerValue(headers['link'])),
        };
      } catch (error) {
        if (RetrievalError.is(error)) throw error;
        throw notAHub(client, 'its answer is not the JSON that was expected', error);
      }
    },
    client.settings,
    signal,
  );
}

/** `Link: <URL>; rel="next"`. A page on another host is refused. */
function nextPage(client: HubClient, link: string | undefined): string | undefined {
  const next = link?.split(',').find((one) => /;\s*rel="?next"?/.test(one));
  const url = next && /<([^>]+)>/.exec(next)?.[1];
  if (!url) return undefined;
  const home = new URL(client.settings.endpoint);
  const target = new URL(url, home);
  if (target.origin !== home.origin) throw notAHub(client, `its list of files continues on ${target.host}`);
  return target.href;
}

function notAHub({ settings }: HubClient, problem: string, cause?: unknown): RetrievalError {
  return new RetrievalError({
    code: 'hub-unreachable',
    origin: settings.endpoint,
    problem: `This does not answer like a hub: ${problem}.`,
    nextStep: 'Check HF_ENDPOINT, and whether a proxy or a login page answers in its place.',
    ...(cause !== undefined && { cause: foreignCause(cause) }),
  });
}
