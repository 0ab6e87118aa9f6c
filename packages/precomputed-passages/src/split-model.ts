import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RetrievalError } from '@secondpass/core';
import type { GraphFile } from '@secondpass/core/runtime';
import { type ModelDirectory, sha256Of } from '@secondpass/core/runtime';
import { graphCacheDirectory } from '@secondpass/runtime-onnx';
import { runtimeVersion, startModelThread } from '@secondpass/runtime-onnx/graph';
import { z } from 'zod';
import type { TrialPairs } from './split-graph.ts';

/** Absolute paths of the two parts of a graph. */
export interface SplitModel {
  readonly lower: string;
  readonly upper: string;
  /** Name of the value that the first ends with, and an input of the second. */
  readonly states: string;
}

export interface SplitTask {
  /** Absolute path of the graph. */
  readonly source: string;
  /** Name of the value to cut at. */
  readonly states: string;
  readonly trial: TrialPairs;
  /** Absolute paths that the two graphs are written to. */
  readonly targets: { readonly lower: string; readonly upper: string };
}

export interface WrittenFile {
  readonly bytes: number;
  readonly sha256: string;
}

export type SplitReply =
  | {
      readonly kind: 'split';
      /** The result of {@link differenceOfSplit}. */
      readonly difference: number;
      readonly lower: WrittenFile;
      readonly upper: WrittenFile;
    }
  | { readonly kind: 'failed'; readonly detail: string };

/** Longest time that splitting may take, in milliseconds; the largest models take seconds. */
const timeoutMs = 300_000;

// In a checkout, Node runs the TypeScript file; the published package contains JavaScript only.
const script = new URL(
  import.meta.url.endsWith('.ts') ? './split-worker.ts' : './split-worker.js',
  import.meta.url,
);

/** Increase it with every change that makes other parts from the same file. */
const splitVersion = 1;
/**
 * The largest allowed difference between the parts and the whole: in int8 a number between two steps may round to
 * either.
 */
const tolerances = { fp32: 1e-4, int8: 0.05 } as const;

const fileSchema = z.object({ bytes: z.int(), sha256: z.string() });
const entrySchema = z.object({ lower: fileSchema, upper: fileSchema });
const parts = ['lower', 'upper'] as const;

/**
 * Splits a model's graph at the value that its manifest names (`closedStates`), and compares the parts with the whole
 * on random pairs. The result is stored next to the optimized graphs.
 *
 * @throws RetrievalError `model-unsupported` if the manifest names no value, or a wrong one; `model-cache-failed` if
 * the cache cannot be written
 */
export async function splitModel(
  model: ModelDirectory,
  graph: GraphFile,
  trial: TrialPairs,
): Promise<SplitModel> {
  const { name } = model;
  const states = closedStatesOf(model);
  const key = JSON.stringify([await sha256Of(graph.path), states, splitVersion, runtimeVersion]);
  const directory = graphCacheDirectory();
  const place = join(directory, `split-${createHash('sha256').update(key).digest('hex')}`);
  const split = { lower: `${place}-lower.onnx`, upper: `${place}-upper.onnx`, states };
  if (await isThere(place)) return split;
  const temporary = `${place}.${process.pid}.${randomUUID()}`;
  const targets = { lower: `${temporary}-lower.onnx`, upper: `${temporary}-upper.onnx` };
  try {
    await prepare(directory, `${temporary}.json`, name);
    const reply = await splitInThread({ source: graph.path, states, trial, targets });
    if (reply.kind === 'failed') throw notThere(name, states, reply.detail);
    if (!(reply.difference <= tolerances[graph.precision])) {
      throw notThere(name, states, `the parts differ from the whole by ${reply.difference} on random pairs`);
    }
    for (const part of parts) await rename(targets[part], split[part]);
    await writeFile(`${temporary}.json`, JSON.stringify({ lower: reply.lower, upper: reply.upper }));
    // The entry is written last: if it exists, the graphs do too.
    await rename(`${temporary}.json`, `${place}.json`);
    return split;
  } finally {
    const left = [...Object.values(targets), `${temporary}.json`];
    await Promise.allSettled(left.map((file) => rm(file, { force: true })));
  }
}

/** Splits a graph file on a thread of its own. It never rejects. */
async function splitInThread(task: SplitTask): Promise<SplitReply> {
  const worker = startModelThread(script, task);
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<SplitReply>((resolve) => {
      const fail = (detail: string) => resolve({ kind: 'failed', detail });
      worker.once('message', resolve);
      worker.once('error', (error) => fail(error instanceof Error ? error.message : String(error)));
      worker.once('exit', (code) => fail(`its thread ended with code ${code}`));
      timer = setTimeout(() => fail('it took longer than five minutes'), timeoutMs);
    });
  } finally {
    clearTimeout(timer);
    // A thread that is still working ends by itself: terminating a thread inside the runtime would abort the process.
    worker.unref();
  }
}

/** @throws RetrievalError `model-unsupported` */
export function closedStatesOf({ name, manifest }: ModelDirectory): string {
  if (manifest.closedStates !== undefined) return manifest.closedStates;
  throw unsupported(
    name,
    'secondpass.json states no "closedStates", so that its passages cannot be computed beforehand',
    'Use loadCrossEncoder; or, if the lower layers read query and passage separately, name the value that they end with.',
  );
}

async function prepare(directory: string, file: string, origin: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
    await writeFile(file, '');
  } catch (cause) {
    throw new RetrievalError({
      code: 'model-cache-failed',
      origin,
      problem: `The two parts of the graph cannot be written to the cache ${directory}.`,
      nextStep: 'Set SECONDPASS_CACHE to a directory that can be written.',
      cause,
    });
  }
}

/** Whether there is an entry whose graphs are neither truncated nor altered. */
async function isThere(place: string): Promise<boolean> {
  try {
    const entry = entrySchema.parse(JSON.parse(await readFile(`${place}.json`, 'utf8')));
    for (const part of parts) {
      const file = `${place}-${part}.onnx`;
      if ((await stat(file)).size !== entry[part].bytes) return false;
      if ((await sha256Of(file)) !== entry[part].sha256) return false;
    }
    return true;
  } catch {
    return false;
  }
}

function notThere(origin: string, states: string, detail: string): RetrievalError {
  return unsupported(
    origin,
    `The graph cannot be cut at ${states}, the "closedStates" of secondpass.json: ${detail}`,
    'Name the value of the last layer that reads query and passage separately, or use loadCrossEncoder.',
  );
}

function unsupported(origin: string, problem: string, nextStep: string): RetrievalError {
  return new RetrievalError({ code: 'model-unsupported', origin, problem: `${problem}.`, nextStep });
}
