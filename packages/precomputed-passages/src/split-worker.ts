/** The thread that splits a graph: it runs the parts, and must not do so on the event loop. */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { parentPort } from 'node:worker_threads';
import { modelThreadTask } from '@secondpass/runtime-onnx/trial';
import { differenceOfSplit, splitGraph } from './split-graph.ts';
import type { SplitReply, SplitTask } from './split-model.ts';

const { source, states, trial, targets } = modelThreadTask<SplitTask>();

async function split(): Promise<SplitReply> {
  try {
    const whole = await readFile(source);
    const parts = splitGraph(whole, states);
    const difference = await differenceOfSplit(whole, parts, states, trial);
    await Promise.all([writeFile(targets.lower, parts.lower), writeFile(targets.upper, parts.upper)]);
    return { kind: 'split', difference, lower: written(parts.lower), upper: written(parts.upper) };
  } catch (error) {
    return {
      kind: 'failed',
      detail: error instanceof Error ? error.message.split('\n', 1)[0]! : String(error),
    };
  }
}

function written(file: Uint8Array) {
  return { bytes: file.length, sha256: createHash('sha256').update(file).digest('hex') };
}

parentPort!.postMessage(await split());
