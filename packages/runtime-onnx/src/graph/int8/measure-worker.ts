/** The thread that measures activation ranges: it runs the model, and must not do so on the event loop. */
import { parentPort, workerData } from 'node:worker_threads';
import { measureRanges } from './measure-ranges.ts';
import type { MeasureReply, MeasureTask } from './measure-thread.ts';

const { source, sequences } = workerData as MeasureTask;
const stop = new AbortController();
parentPort!.once('message', () => stop.abort());
const reply: MeasureReply = await measureRanges(source, sequences, stop.signal).then(
  (ranges) => ({ ranges }),
  (error) => ({ failure: error instanceof Error ? error.message : String(error) }),
);
parentPort!.postMessage(reply);
parentPort!.close();
