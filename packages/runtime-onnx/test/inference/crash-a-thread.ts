/**
 * Run as a process of its own: ends a thread of a pool from outside, as a lack of memory would, and prints what became
 * of the requests as JSON. It must end by itself.
 */
import type { Worker } from 'node:worker_threads';
import { loadCrossEncoder, RetrievalError } from '@secondpass/core';

const threads: Worker[] = [];
process.on('worker', (worker) => threads.push(worker));

const model = await loadCrossEncoder(process.argv[2]!, { workers: 1, maxBatchTokens: 64 });
const request = { query: 'bread', passages: ['flour and yeast', 'a bridge', 'the harbour'] };
const code = (error: unknown) => (RetrievalError.is(error) ? error.code : String(error));
const expected = await model.score(request);

// An idle thread can be ended without harm; one inside the runtime would take the process with it.
const dying = threads[0]!;
await dying.terminate();
const afterwards = await model.score(request).catch(code);
const again = await model.score(request).catch(code);
// Closing while the replacement is still loading.
await threads.at(-1)!.terminate();
const waiting = model.score(request).catch(code);
await model.close();
await model.close();
// The tokenizer's place is free again one turn of the event loop later.
await new Promise(setImmediate);
const outcome = {
  started: threads.length,
  afterwards: JSON.stringify(afterwards) === JSON.stringify(expected) || afterwards,
  again: JSON.stringify(again) === JSON.stringify(expected),
  waiting: await waiting,
  resources: process.getActiveResourcesInfo().filter((kind) => kind !== 'PipeWrap'),
};
process.stdout.write(JSON.stringify(outcome));
