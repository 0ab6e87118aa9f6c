import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { RetrievalError } from '@secondpass/core';
import { cacheFailure } from './cache-failure.ts';
import { digestFile, type FileDigests, matches } from './file-digest.ts';
import { headerValue } from './header-value.ts';
import type { HubAnswer, HubClient } from './hub-client.ts';
import type { ModelCache } from './model-cache.ts';
import { PassingFailure } from './passing-failure.ts';
import { readBody } from './read-body.ts';
import type { HubFile } from './repository.ts';
import { withRetries } from './with-retries.ts';

export interface BlobRequest {
  readonly name: string;
  readonly commit: string;
  readonly file: HubFile;
  readonly cache: ModelCache;
  /** Called with the number of bytes received, also after an attempt that started from the beginning. */
  readonly onBytes: (bytes: number) => void;
  readonly signal: AbortSignal;
}

/**
 * An attempt that received less counts as failed: otherwise a trickling server could keep the download going forever.
 */
const leastProgress = 64 * 1024;

/**
 * Fetches one file into `blobs/`. It continues what an earlier attempt of this or another process received. The file
 * gets its name only when its digest is the one that the hub states.
 *
 * @returns its digests, as read back from the disk
 * @throws RetrievalError `model-damaged` when the content is wrong, and the errors of the hub client
 */
export async function downloadBlob(client: HubClient, request: BlobRequest): Promise<FileDigests> {
  const { file, cache, name, signal } = request;
  const part = cache.part(file.digest);
  await mkdir(dirname(part), { recursive: true }).catch((error) => Promise.reject(cacheFailure(part, error)));
  let validator: { readonly origin: string; readonly etag: string } | undefined;
  return withRetries(attempt, client.settings, signal);

  async function attempt(): Promise<FileDigests> {
    const before = await sizeOf(part);
    const begin = before > file.bytes ? 0 : before;
    if (begin < file.bytes || begin === 0) await receive(begin);
    const digests = await digestFile(part, signal);
    if (digests.bytes === file.bytes && matches(file.digest, digests)) {
      await rename(part, cache.blob(file.digest)).catch((error) => Promise.reject(cacheFailure(part, error)));
      return digests;
    }
    await rm(part, { force: true });
    // Parts from earlier attempts may be the cause; a file fetched in one request has no such excuse.
    if (begin > 0) throw new PassingFailure(`${file.path} was joined from parts that do not match`);
    throw new RetrievalError({
      code: 'model-damaged',
      origin: name,
      problem: `${file.path} arrived complete, and its digest is not ${file.digest}, which the hub states.`,
      nextStep: 'The file was not kept. A proxy or a mirror may alter files; try without it.',
    });
  }

  async function receive(begin: number): Promise<void> {
    const answer = await client.get(pathOf(request), name, rangeFrom(begin), signal);
    checkStatedDigest(answer, request);
    const start = startOf(answer, begin);
    if (start === undefined) {
      answer.body.on('error', () => undefined).destroy();
      await rm(part, { force: true });
      throw new PassingFailure(`${file.path} could not be continued from byte ${begin}`);
    }
    const etag = headerValue(answer.headers['etag']);
    validator = etag?.startsWith('"') ? { origin: answer.origin, etag } : undefined;
    await writeBody(client, answer, { part, start, ...request });
  }

  /**
   * The part's name, a digest, identifies the file across processes; within one process the server's ETag is compared
   * too.
   */
  function rangeFrom(begin: number): Record<string, string> {
    if (begin === 0) return {};
    const isHub = validator?.origin === new URL(client.settings.endpoint).origin;
    return { range: `bytes=${begin}-`, ...(validator && isHub && { 'if-range': validator.etag }) };
  }
}

async function writeBody(
  client: HubClient,
  { body }: HubAnswer,
  { part, start, file, onBytes, signal }: BlobRequest & { readonly part: string; readonly start: number },
): Promise<void> {
  const target = await openPart(part, start);
  let bytes = start;
  onBytes(bytes);
  try {
    for await (const chunk of readBody(body, client.settings.stallTimeoutMs)) {
      if (bytes + chunk.length > file.bytes) throw tooLong(file);
      await target
        .write(chunk, 0, chunk.length, bytes)
        .catch((error) => Promise.reject(cacheFailure(part, error)));
      bytes += chunk.length;
      onBytes(bytes);
    }
    await target.sync().catch((error) => Promise.reject(cacheFailure(part, error)));
  } catch (error) {
    signal.throwIfAborted();
    if (RetrievalError.is(error)) throw error;
    const words = error instanceof PassingFailure ? error.message : 'The connection was cut';
    throw cutOff(words, error);
  } finally {
    await target.close();
  }
  if (bytes < file.bytes) throw cutOff('The answer ended early');

  function cutOff(words: string, cause?: unknown): PassingFailure {
    const message = `${words}, ${bytes} of ${file.bytes} bytes into ${file.path}`;
    return new PassingFailure(message, { progressed: bytes - start >= leastProgress, cause });
  }
}

async function openPart(part: string, start: number): Promise<FileHandle> {
  try {
    const handle = await open(part, start === 0 ? 'w' : 'r+');
    return handle;
  } catch (error) {
    throw cacheFailure(part, error);
  }
}

/** The byte at which the body begins, or `undefined` when it cannot continue the part. */
function startOf({ status, headers }: HubAnswer, begin: number): number | undefined {
  if (status === 200) return 0;
  if (status !== 206 || begin === 0) return undefined;
  const stated = /^bytes (\d+)-/.exec(headerValue(headers['content-range']) ?? '')?.[1];
  return Number(stated) === begin ? begin : undefined;
}

function checkStatedDigest({ etag, body }: HubAnswer, { name, file }: BlobRequest): void {
  // A mirror may state its own digests; the content is compared with the listed digest in any case.
  if (etag === undefined || etag === file.digest || etag.length !== file.digest.length) return;
  body.on('error', () => undefined).destroy();
  throw new RetrievalError({
    code: 'model-damaged',
    origin: name,
    problem: `The hub lists ${file.path} with digest ${file.digest}, and serves it with ${etag}.`,
    nextStep: 'Try again later; if that does not help, the hub or a mirror is out of sync.',
  });
}

function tooLong(file: HubFile): RetrievalError {
  return new RetrievalError({
    code: 'model-damaged',
    origin: file.path,
    problem: `More arrived than the ${file.bytes} bytes that the hub lists.`,
    nextStep: 'Check proxies between this machine and the hub: something else answers in its place.',
  });
}

function pathOf({ name, commit, file }: BlobRequest): string {
  return `/${name}/resolve/${commit}/${file.path.split('/').map(encodeURIComponent).join('/')}`;
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}
