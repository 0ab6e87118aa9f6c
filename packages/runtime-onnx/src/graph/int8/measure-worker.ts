/** The thread that measures activation ranges: it runs the model, and must not do so on the event loop. */
import { parentPort } from 'node:worker_threads';
import { modelThreadTask } from '@secondpass/runtime-common/thread';
import { measureRanges } from './measure-ranges.ts';
import type { MeasureReply, MeasureTask } from './measure-thread.ts';

const { source, sequences } = modelThreadTask<MeasureTask>();
const stop = new AbortController();
parentPort!.once('message', () => stop.abort());
const reply: MeasureReply = await measureRanges(source, sequences, stop.signal).then(
  (ranges) => ({ ranges }),
  (error) => ({ failure: error instanceof Error ? error.message : String(error) }),
);
parentPort!.postMessage(reply);
parentPort!.close();
