import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { untilAborted } from '@secondpass/core/extend';
import { z } from 'zod';
import { runtimeVersion } from '../runtime-version.ts';
import { checkedFileSchema, recheck, stampOf } from './checked-file.ts';
import { contentNameOf, graphCacheDirectory } from './graph-cache.ts';
import { answerOfThread } from './graph-thread.ts';
import { describeProcessor } from './processor.ts';
import { keepStamps, writeEntry } from './write-entry.ts';

export interface MapTask {
  /** Absolute path of the graph. */
  readonly source: string;
  /** Where to write, without an ending: `.onnx` and `.weights` are added. */
  readonly target: string;
  /** What the graph calls its weights' file. */
  readonly location: string;
}

/** SHA-256 of both files, hexadecimal. */
export interface MapReply {
  readonly graph: string;
  readonly weights: string;
}

const entrySchema = z.object({ graph: checkedFileSchema, weights: checkedFileSchema });

/** Increase it with every change that makes other files from the same graph. */
const mappingVersion = 1;
/** A smaller graph has next to nothing to share, in bytes. */
const leastBytes = 4 * 2 ** 20;

// In a checkout, Node runs the TypeScript file; the published package contains JavaScript only.
const script = new URL(
  import.meta.url.endsWith('.ts') ? './map-worker.ts' : './map-worker.js',
  import.meta.url,
);

const underWay = new Map<string, Promise<string>>();

/**
 * A graph in the form that threads share: as ONNX Runtime has optimized it, with the weights in a file of their own, prepacked
 * for this processor. The runtime maps that file into memory, so that all threads and processes use one copy of it. The result
 * lies in the cache, next to the optimized graphs. It computes the same numbers, bit by bit.
 *
 * @param graph absolute path of the ONNX file
 * @returns the path to load; `graph` itself if it is small, or if the cache cannot be written
 */
export async function mappedGraphOf(graph: string, signal?: AbortSignal): Promise<string> {
  const size = await stat(graph).then(
    (entry) => entry.size,
    () => 0,
  );
  if (size < leastBytes) return graph;
  const place = join(graphCacheDirectory(), `mapped-${await keyOf(graph)}`);
  const work =
    underWay.get(place) ??
    findOrMake(graph, place)
      // The graph itself gives the same scores, and takes more memory.
      .catch(() => graph)
      .finally(() => underWay.delete(place));
  underWay.set(place, work);
  // After an abort the work continues, for others that load the same graph and for the cache.
  return signal ? untilAborted(work, signal) : work;
}

async function keyOf(graph: string): Promise<string> {
  const key = JSON.stringify([
    await contentNameOf(graph),
    mappingVersion,
    runtimeVersion,
    describeProcessor(),
  ]);
  return createHash('sha256').update(key).digest('hex').slice(0, 48);
}

async function findOrMake(source: string, place: string): Promise<string> {
  const path = `${place}.onnx`;
  if (await isWhole(place).catch(() => false)) return path;
  const temporary = `${place}.${process.pid}.${randomUUID()}`;
  try {
    await mkdir(dirname(place), { recursive: true });
    // Test the cache before the work.
    await writeFile(`${temporary}.json`, '');
    const task: MapTask = { source, target: temporary, location: `${basename(place)}.weights` };
    const made = await answerOfThread<MapReply>(script, task, 'mapping');
    await rename(`${temporary}.weights`, `${place}.weights`);
    await rename(`${temporary}.onnx`, path);
    // The entry is written last: if it exists, the files do too.
    await writeEntry(`${place}.json`, {
      graph: { sha256: made.graph, stamp: await stampOf(path) },
      weights: { sha256: made.weights, stamp: await stampOf(`${place}.weights`) },
    });
    return path;
  } finally {
    const left = ['onnx', 'weights', 'json'].map((kind) => rm(`${temporary}.${kind}`, { force: true }));
    await Promise.allSettled(left);
  }
}

/** @throws if there is no entry, or one that cannot be read */
async function isWhole(place: string): Promise<boolean> {
  const entry = entrySchema.parse(JSON.parse(await readFile(`${place}.json`, 'utf8')));
  const [graph, weights] = await Promise.all([
    recheck(`${place}.onnx`, entry.graph),
    recheck(`${place}.weights`, entry.weights),
  ]);
  if (!graph || !weights) return false;
  await keepStamps(`${place}.json`, entry, { graph, weights });
  return true;
}
