/** The thread that optimizes a graph: it runs the model, and must not do so on the event loop. */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { parentPort } from 'node:worker_threads';
import { inNativeCode, modelThreadTask } from '@secondpass/runtime-common/thread';
import { bundledGraphs } from './bundled-graphs.ts';
import { makeCheckedGraph } from './checked-graph.ts';
import type { ThreadReply, ThreadTask } from './optimize-thread.ts';

const { source, key, target, int8 } = modelThreadTask<ThreadTask>();
const original = await readFile(source);
const checked = key === undefined ? undefined : bundledGraphs[key];
const { report, file } = (checked && makeCheckedGraph(original, checked, int8)) ?? (await makeAndCheck());
let written: ThreadReply['written'] = null;
if (file) {
  await writeFile(target, file);
  written = { sha256: createHash('sha256').update(file).digest('hex') };
}
parentPort!.postMessage({ report, written } satisfies ThreadReply);

async function makeAndCheck() {
  // Loaded only here: it brings ONNX Runtime, which a graph that was checked before does not need.
  const { optimizeGraph } = await inNativeCode(() => import('./optimize-graph.ts'));
  return optimizeGraph(original, int8);
}
