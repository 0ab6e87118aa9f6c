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
  /** Told how much of the file is there, also after an attempt that began anew. */
  readonly onBytes: (bytes: number) => void;
  readonly signal: AbortSignal;
}

/** An attempt that brought less counts as failed: a server that drips could else keep it going without end. */
const leastProgress = 64 * 1024;

/**
 * Fetches one file into `blobs/`. What an earlier attempt brought, of this process or another, is gone on from; the file gets
 * its name only when its digest is the one that the hub states.
 *
 * @returns its digests, as read back from the disk
 * @throws RetrievalError `model-damaged` when what came is something else, and what the hub client throws
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
    // What was there from before may be at fault; what was fetched in one go is not.
    if (begin > 0) throw new PassingFailure(`${file.path} was put together from parts that do not fit`);
    throw new RetrievalError({
      code: 'model-damaged',
      origin: name,
      problem: `${file.path} arrived complete, and its digest is not ${file.digest}, which the hub states.`,
      nextStep: 'Nothing of it was kept. A proxy or a mirror may alter files; try without it.',
    });
  }

  async function receive(begin: number): Promise<void> {
    const answer = await client.get(pathOf(request), name, rangeFrom(begin), signal);
    checkStatedDigest(answer, request);
    const start = startOf(answer, begin);
    if (start === undefined) {
      answer.body.on('error', () => undefined).destroy();
      await rm(part, { force: true });
      throw new PassingFailure(`${file.path} could not be gone on from byte ${begin}`);
    }
    const etag = headerValue(answer.headers['etag']);
    validator = etag?.startsWith('"') ? { origin: answer.origin, etag } : undefined;
    await writeBody(client, answer, { part, start, ...request });
  }

  /** Between processes the name of the part, a digest, says what it is part of; within one there is the server's own word too. */
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

/** Where the body begins, or `undefined` when it is not what can be gone on from. */
function startOf({ status, headers }: HubAnswer, begin: number): number | undefined {
  if (status === 200) return 0;
  if (status !== 206 || begin === 0) return undefined;
  const stated = /^bytes (\d+)-/.exec(headerValue(headers['content-range']) ?? '')?.[1];
  return Number(stated) === begin ? begin : undefined;
}

function checkStatedDigest({ etag, body }: HubAnswer, { name, file }: BlobRequest): void {
  // A mirror may state digests of its own; what arrives is compared with the listed one in any case.
  if (etag === undefined || etag === file.digest || etag.length !== file.digest.length) return;
  body.on('error', () => undefined).destroy();
  throw new RetrievalError({
    code: 'model-damaged',
    origin: name,
    problem: `The hub lists ${file.path} with digest ${file.digest}, and serves it with ${etag}.`,
    nextStep: 'Try again later; if it stays so, the hub or a mirror is out of step.',
  });
}

function tooLong(file: HubFile): RetrievalError {
  return new RetrievalError({
    code: 'model-damaged',
    origin: file.path,
    problem: `More arrived than the ${file.bytes} bytes that the hub lists.`,
    nextStep: 'Check what stands between this machine and the hub: something else answers in its place.',
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
