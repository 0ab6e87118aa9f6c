import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { openModelFile } from '@secondpass/core/runtime';

export interface FileDigests {
  readonly bytes: number;
  readonly sha256: string;
  /** SHA-1 of the content as a git blob. */
  readonly git: string;
}

/** Size and digests of a file, read once. Anything but a regular file is refused as `model-damaged`. */
export async function digestFile(path: string, signal?: AbortSignal): Promise<FileDigests> {
  const file = await openModelFile(path);
  const { size } = await file.stat();
  const sha256 = createHash('sha256');
  const git = createHash('sha1').update(`blob ${size}\0`);
  let bytes = 0;
  await pipeline(
    file.createReadStream({ highWaterMark: 1 << 20 }),
    async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) {
        bytes += chunk.length;
        sha256.update(chunk);
        git.update(chunk);
      }
    },
    ...(signal ? [{ signal }] : []),
  );
  return { bytes, sha256: sha256.digest('hex'), git: git.digest('hex') };
}

/** Like `digestFile`, but only the digest that a lock file holds; half the work. */
export async function sha256OfFile(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  const file = await openModelFile(path);
  await pipeline(file.createReadStream({ highWaterMark: 1 << 20 }), hash, ...(signal ? [{ signal }] : []));
  return hash.digest('hex');
}

/** Whether content matches its name in the cache: 64 digits are SHA-256, 40 are git's SHA-1. */
export function matches(digest: string, { sha256, git }: FileDigests): boolean {
  return digest === (digest.length === 64 ? sha256 : git);
}
