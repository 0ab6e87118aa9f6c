import { Worker } from 'node:worker_threads';

export interface Feed {
  readonly data: BigInt64Array | Float32Array | Uint8Array;
  readonly type: 'int64' | 'float32' | 'uint8';
  readonly dims: readonly number[];
}
/** What one call of the runtime is given: an input per name. */
export type Feeds = Readonly<Record<string, Feed>>;

/** One thread's part of a run: which batches it took, and the first output of each. */
export interface Outputs {
  readonly taken: readonly number[];
  readonly outputs: readonly Float32Array[];
}

/** Threads with one ONNX session each and nothing else: batches are there before the clock starts. */
export class BareThreads {
  readonly #workers: Worker[];

  private constructor(workers: Worker[]) {
    this.#workers = workers;
  }

  static async open(graph: string, threads: number): Promise<BareThreads> {
    const script = new URL('./bare-thread.ts', import.meta.url);
    const workers = Array.from({ length: threads }, () => new Worker(script, { workerData: graph }));
    await Promise.all(workers.map((worker) => answer(worker)));
    return new BareThreads(workers);
  }

  /** Gives every thread the batches, as tensors. */
  async prepare(batches: readonly Feeds[]): Promise<void> {
    const next = new Int32Array(new SharedArrayBuffer(4));
    await Promise.all(this.#workers.map((worker) => answer(worker, { batches, next })));
  }

  /** Runs what was prepared, once. */
  async run(): Promise<{ ms: number; outputs: Float32Array[] }> {
    const started = performance.now();
    const parts = await Promise.all(this.#workers.map((worker) => answer<Outputs>(worker, 'go')));
    const ms = performance.now() - started;
    const outputs: Float32Array[] = [];
    for (const part of parts) {
      for (const [index, batch] of part.taken.entries()) outputs[batch] = part.outputs[index]!;
    }
    return { ms, outputs };
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => answer(worker, 'close')));
  }
}

function answer<T>(worker: Worker, question?: unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    if (question !== undefined) worker.postMessage(question);
  });
}
