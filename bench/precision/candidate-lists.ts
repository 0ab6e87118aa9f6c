import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BiEncoder, Candidate } from '@secondpass/core';
import type { Collection } from './collection.ts';

/**
 * Stage 1 without an index: the exact best passages of every query by cosine.
 *
 * @param ofPassages the passages' embedder, if it is another one
 */
export async function candidateLists(
  collection: Collection,
  embedder: BiEncoder,
  depth: number,
  ofPassages: BiEncoder = embedder,
): Promise<readonly Candidate[][]> {
  const passages = await passageVectors(collection, ofPassages);
  const queries = await embedder.embed({ texts: collection.queries.map(({ text }) => text), kind: 'query' });
  return queries.map((query) => {
    const cosines = collection.passages.map((_, index) => dot(query, passages, index * query.length));
    const order = cosines.map((_, index) => index).sort((a, b) => cosines[b]! - cosines[a]! || a - b);
    return order.slice(0, depth).map((index, position) => ({
      ...collection.passages[index]!,
      score: cosines[index]!,
      rank: position + 1,
    }));
  });
}

/**
 * The vectors of all passages, one after the other. They are kept in the temporary folder, because embedding a collection
 * takes minutes.
 */
export async function passageVectors(collection: Collection, embedder: BiEncoder): Promise<Float32Array> {
  const texts = collection.passages.map(({ text }) => text);
  const key = createHash('sha256')
    .update(JSON.stringify([embedder.fingerprint, texts]))
    .digest('hex')
    .slice(0, 24);
  const file = join(tmpdir(), 'secondpass-bench-vectors', `${collection.name}-${key}.f32`);
  const kept = await readFile(file).catch(() => undefined);
  if (kept) return new Float32Array(kept.buffer, kept.byteOffset, kept.length / 4);
  const all = new Float32Array(texts.length * embedder.dimensions);
  for (let start = 0; start < texts.length; start += 500) {
    const vectors = await embedder.embed({ texts: texts.slice(start, start + 500), kind: 'passage' });
    for (const [row, vector] of vectors.entries()) all.set(vector, (start + row) * embedder.dimensions);
  }
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(`${file}.part`, Buffer.from(all.buffer));
  await rename(`${file}.part`, file);
  return all;
}

function dot(query: Float32Array, passages: Float32Array, start: number): number {
  let sum = 0;
  for (let index = 0; index < query.length; index += 1) sum += query[index]! * passages[start + index]!;
  return sum;
}
