/** The thread that optimizes a graph: it runs the model, and must not do so on the event loop. */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { optimizeGraph } from './optimize-graph.ts';
import type { ThreadReply, ThreadTask } from './optimize-thread.ts';

const { source, target, int8 } = workerData as ThreadTask;
const { report, file } = await optimizeGraph(await readFile(source), int8);
let written: ThreadReply['written'] = null;
if (file) {
  await writeFile(target, file);
  written = { bytes: file.length, sha256: createHash('sha256').update(file).digest('hex') };
}
parentPort!.postMessage({ report, written } satisfies ThreadReply);
