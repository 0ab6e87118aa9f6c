import { stat } from 'node:fs/promises';
import { totalmem } from 'node:os';
import type { ExecutionProvider } from '@secondpass/core';
import { defaultWorkers } from './cpu-quota.ts';

/** What a thread takes that holds a model. */
export interface ThreadMemory {
  /** In addition to its copy of the weights, in bytes. */
  readonly perThread: number;
  /** Resident size of the weights, as a multiple of the file. */
  readonly residentShare: number;
}

/** Measured; ONNX Runtime prepacks weights. */
const nativeMemory: ThreadMemory = { perThread: 64 * 2 ** 20, residentShare: 1.3 };
/** The share of the memory that the copies of one model may take. */
const shareOfMemory = 0.5;

/** Padded tokens of a batch: few fit into a processor's cache, and an accelerator needs many to be busy. */
export const defaultBatchTokens = { processor: 256, accelerator: 16_384 } as const;

export interface SizeLimits {
  readonly executionProvider: ExecutionProvider;
  /** Size of the graph and its weights on disk. */
  readonly modelBytes: number;
  /** @default as the native build of ONNX Runtime */
  readonly memory?: ThreadMemory | undefined;
  /** @default the cgroup's quota, or the cores */
  readonly cores?: number;
  /** @default the cgroup's limit, or the machine's memory */
  readonly memoryBytes?: number;
}

/**
 * A model's threads if the caller states none: one for an accelerator, which holds the weights once; otherwise one
 * per core, as long as the copies of the weights fit into half of the memory.
 *
 * @returns at least 1
 */
export function workersFor({
  executionProvider,
  modelBytes,
  memory = nativeMemory,
  cores = defaultWorkers(),
  memoryBytes = memoryLimit(),
}: SizeLimits): number {
  if (executionProvider !== 'cpu') return 1;
  const { perThread, residentShare } = memory;
  const fitting = Math.floor((memoryBytes * shareOfMemory) / (modelBytes * residentShare + perThread));
  return Math.max(1, Math.min(cores, fitting));
}

/** Bytes of a graph and of the weights next to it. */
export async function sizeOfModel(graph: string): Promise<number> {
  const sizes = await Promise.all(
    [graph, `${graph}_data`, `${graph}.data`].map((file) =>
      stat(file).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** The cgroup's limit, if it is below the machine's memory; 0 and huge numbers mean that there is none. */
function memoryLimit(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}
