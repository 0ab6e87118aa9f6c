/** A thread that runs prepared batches through one session, until a shared counter says that all are taken. */
import { parentPort, workerData } from 'node:worker_threads';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Feeds } from './bare-threads.ts';

const port = parentPort!;
const session = await InferenceSession.create(workerData as string, {
  executionProviders: ['cpu'],
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  graphOptimizationLevel: 'all',
  // As in our threads.
  enableMemPattern: false,
  extra: { session: { use_device_allocator_for_initializers: '1' } },
  logSeverityLevel: 4,
});

type Message =
  | 'go'
  | 'close'
  | { readonly batches: readonly Feeds[]; readonly next: Int32Array<SharedArrayBuffer> };

let tensors: Record<string, Tensor>[] = [];
let next = new Int32Array(new SharedArrayBuffer(4));

async function go(): Promise<void> {
  const taken: number[] = [];
  const outputs: Float32Array[] = [];
  for (let batch = Atomics.add(next, 0, 1); batch < tensors.length; batch = Atomics.add(next, 0, 1)) {
    const results = await session.run(tensors[batch]!);
    taken.push(batch);
    const { data } = results[session.outputNames[0]!]!;
    // Of a matrix product only the time counts, and its output is large.
    outputs.push(data instanceof Float32Array && data.length < 10_000 ? data.slice() : new Float32Array());
  }
  port.postMessage({ taken, outputs });
}

port.on('message', async (message: Message) => {
  if (message === 'go') return go();
  if (message === 'close') {
    await session.release();
    port.postMessage('closed');
    return port.close();
  }
  next = message.next;
  tensors = message.batches.map((feeds) =>
    Object.fromEntries(
      Object.entries(feeds)
        .filter(([name]) => session.inputNames.includes(name))
        .map(([name, { type, data, dims }]) => [name, new Tensor(type, data as never, dims)]),
    ),
  );
  port.postMessage('prepared');
});
port.postMessage('ready');
