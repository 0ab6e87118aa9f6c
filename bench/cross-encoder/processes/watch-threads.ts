import { syncBuiltinESMExports } from 'node:module';
import workerThreads from 'node:worker_threads';
import type { Feeds } from './bare-threads.ts';

export interface Seen {
  /** The ONNX file that each thread was given. */
  graphs: string[];
  messages: unknown[];
  /** When each message was sent, on the clock of `performance.now()`. */
  sentAt: number[];
  replies: unknown[];
  /** When each reply was read. */
  repliedAt: number[];
}

interface Sequence {
  readonly ids: Int32Array;
  readonly typeIds: Int32Array;
}

/** Notes what threads that start from now on are given and sent. */
export function watchThreads(): Seen {
  const seen: Seen = { graphs: [], messages: [], sentAt: [], replies: [], repliedAt: [] };
  const Original = workerThreads.Worker;
  workerThreads.Worker = class extends Original {
    constructor(script: string | URL, options: ConstructorParameters<typeof Original>[1]) {
      super(script, options);
      const graph = findGraph(options?.workerData);
      if (graph !== undefined) seen.graphs.push(graph);
      this.on('message', (reply) => {
        seen.replies.push(reply);
        seen.repliedAt.push(performance.now());
      });
    }
    override postMessage(message: unknown, ...rest: never[]): void {
      seen.messages.push(message);
      seen.sentAt.push(performance.now());
      super.postMessage(message, ...rest);
    }
  };
  syncBuiltinESMExports();
  return seen;
}

/** The batches among messages: arrays of token sequences, wherever they lie. */
export function readSentBatches(messages: readonly unknown[]): Feeds[] {
  return messages.flatMap((message) => findSequences(message)).map(pad);
}

function findGraph(data: unknown): string | undefined {
  if (typeof data === 'string') return data.endsWith('.onnx') ? data : undefined;
  if (typeof data !== 'object' || data === null) return undefined;
  for (const value of Object.values(data)) {
    const graph = findGraph(value);
    if (graph !== undefined) return graph;
  }
  return undefined;
}

function findSequences(value: unknown): Sequence[][] {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return [];
  if (Array.isArray(value) && value.length > 0 && value[0]?.ids instanceof Int32Array) return [value];
  return Object.values(value).flatMap(findSequences);
}

function pad(sequences: readonly Sequence[]): Feeds {
  const dims = [sequences.length, Math.max(...sequences.map(({ ids }) => ids.length))];
  const column = (read: (sequence: Sequence, index: number) => number) => {
    const data = new BigInt64Array(dims[0]! * dims[1]!);
    for (const [row, sequence] of sequences.entries()) {
      for (let index = 0; index < sequence.ids.length; index += 1) {
        data[row * dims[1]! + index] = BigInt(read(sequence, index));
      }
    }
    return { type: 'int64' as const, data, dims };
  };
  return {
    input_ids: column(({ ids }, index) => ids[index]!),
    attention_mask: column(() => 1),
    token_type_ids: column(({ typeIds }, index) => typeIds[index]!),
  };
}
