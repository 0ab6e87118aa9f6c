import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { sha256Of } from '@secondpass/core/runtime';
import { z } from 'zod';
import { checkedFileSchema, recheck, stampOf } from './checked-file.ts';
import { graphKey } from './graph-key.ts';
import type { Int8Settings } from './int8/quantize-graph.ts';
import { optimizeInThread, type ThreadTask } from './optimize-thread.ts';
import type { OptimizationReport } from './optimizer-report.ts';
import { keepStamps, writeEntry } from './write-entry.ts';

/** A graph to run, and what was done to it. */
export interface OptimizedGraph {
  /** Absolute path: of the optimized graph in the cache, or of the original. */
  readonly path: string;
  readonly report: OptimizationReport;
  /** Whether it was optimized earlier, by this process or another. */
  readonly cached: boolean;
  /** True if something other than the graph itself prevented the optimization. @default false */
  readonly failed?: boolean;
}

const entrySchema = z.object({
  written: checkedFileSchema.nullable(),
  report: z.object({
    outcome: z.enum(['optimized', 'left-as-it-is']),
    reason: z.string(),
    passes: z.array(z.object({ pass: z.string(), applied: z.int(), notes: z.array(z.string()) })),
    nodesBefore: z.int(),
    nodesAfter: z.int(),
    largestDifference: z.number().nullable(),
  }),
});
type Entry = z.infer<typeof entrySchema>;

const underWay = new Map<string, Promise<OptimizedGraph>>();

/**
 * The folder of optimized graphs: `graphs` in `SECONDPASS_CACHE`, otherwise in `secondpass` of `XDG_CACHE_HOME` or of
 * `~/.cache`.
 *
 * @example
 * import { graphCacheDirectory } from '@secondpass/runtime-onnx';
 * graphCacheDirectory({ SECONDPASS_CACHE: '/var/cache/secondpass' }); // → '/var/cache/secondpass/graphs'
 */
export function graphCacheDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  const { SECONDPASS_CACHE: own, XDG_CACHE_HOME: shared } = environment;
  if (own) return join(own, 'graphs');
  // The specification of XDG_CACHE_HOME says that relative paths are ignored.
  const base = shared && isAbsolute(shared) ? shared : join(homedir(), '.cache');
  return join(base, 'secondpass', 'graphs');
}

/**
 * What stands for a graph's content: the name of a file in the cache, otherwise the digest.
 *
 * @param graph absolute path
 */
export function contentNameOf(graph: string): Promise<string> {
  return dirname(graph) === graphCacheDirectory() ? Promise.resolve(basename(graph)) : sha256Of(graph);
}

/**
 * The optimized form of a graph file, from the cache or made now. It never throws: if the cache cannot be written, or
 * optimizing fails, the original is used, and the report says why.
 *
 * @param source absolute path of the ONNX file
 * @param sha256 the file's digest, hexadecimal
 * @param int8 how it is turned into int8, if it is
 */
export async function openOptimizedGraph(
  source: string,
  sha256: string,
  int8?: Int8Settings,
): Promise<OptimizedGraph> {
  const directory = graphCacheDirectory();
  const key = graphKey(sha256, int8);
  const place = join(directory, key);
  const running = underWay.get(place);
  if (running) return running;
  const work = findOrMake({ source, key, ...(int8 && { int8 }) }, directory, place).finally(() =>
    underWay.delete(place),
  );
  underWay.set(place, work);
  return work;
}

async function findOrMake(
  task: Omit<ThreadTask, 'target'>,
  directory: string,
  place: string,
): Promise<OptimizedGraph> {
  const { source } = task;
  const found = await readEntry(place).catch(() => undefined);
  if (found) return graphOf(found, source, place, true);
  const temporary = `${place}.${process.pid}.${randomUUID()}`;
  try {
    await mkdir(directory, { recursive: true });
    // Test the cache before the work, so that its failure is not taken for a failed optimization.
    await writeFile(`${temporary}.json`, '');
  } catch (error) {
    return leftAsItIs(
      source,
      `The cache ${directory} cannot be written (${messageOf(error)}); set SECONDPASS_CACHE.`,
    );
  }
  try {
    const made = await optimizeInThread({ ...task, target: `${temporary}.onnx` });
    if (made.written) await rename(`${temporary}.onnx`, `${place}.onnx`);
    const written = made.written && { ...made.written, stamp: await stampOf(`${place}.onnx`) };
    // The entry is written last: if it exists, the graph does too.
    await writeEntry(`${place}.json`, { ...made, written });
    return graphOf(made, source, place, false);
  } catch (error) {
    return leftAsItIs(source, `It could not be optimized: ${messageOf(error)}.`);
  } finally {
    await Promise.allSettled(['onnx', 'json'].map((kind) => rm(`${temporary}.${kind}`, { force: true })));
  }
}

/** @returns `undefined` if there is no entry, or if its graph is truncated or altered */
async function readEntry(place: string): Promise<Entry | undefined> {
  const entry = entrySchema.parse(JSON.parse(await readFile(`${place}.json`, 'utf8')));
  if (!entry.written) return entry;
  const written = await recheck(`${place}.onnx`, entry.written);
  if (written) await keepStamps(`${place}.json`, entry, { ...entry, written });
  return written && entry;
}

function graphOf(
  { report, written }: Entry | Awaited<ReturnType<typeof optimizeInThread>>,
  source: string,
  place: string,
  cached: boolean,
): OptimizedGraph {
  return { path: written ? `${place}.onnx` : source, report, cached };
}

function leftAsItIs(source: string, reason: string): OptimizedGraph {
  const report = {
    outcome: 'left-as-it-is',
    reason,
    passes: [],
    nodesBefore: 0,
    nodesAfter: 0,
    largestDifference: null,
  } as const;
  return { path: source, report, cached: false, failed: true };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
