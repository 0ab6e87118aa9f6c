import { startModelThread } from '@secondpass/runtime-onnx/graph';
import type { TrialPairs } from './check-split.ts';

export interface SplitTask {
  /** Absolute path of the graph. */
  readonly source: string;
  /** Name of the value to cut at. */
  readonly states: string;
  readonly trial: TrialPairs;
  /** Absolute paths that the two graphs are written to. */
  readonly targets: { readonly lower: string; readonly upper: string };
}

export interface WrittenFile {
  readonly bytes: number;
  readonly sha256: string;
}

export type SplitReply =
  | {
      readonly kind: 'split';
      /** Of {@link differenceOfSplit}. */
      readonly difference: number;
      readonly lower: WrittenFile;
      readonly upper: WrittenFile;
    }
  | { readonly kind: 'failed'; readonly detail: string };

/** Longest time that splitting may take, in milliseconds; the largest models take seconds. */
const timeoutMs = 300_000;

// From a checkout Node runs the TypeScript itself; from the published package there is JavaScript only.
const script = new URL(
  import.meta.url.endsWith('.ts') ? './split-worker.ts' : './split-worker.js',
  import.meta.url,
);

/** Splits a graph file on a thread of its own. It never rejects. */
export async function splitInThread(task: SplitTask): Promise<SplitReply> {
  const worker = startModelThread(script, { workerData: task });
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<SplitReply>((resolve) => {
      const fail = (detail: string) => resolve({ kind: 'failed', detail });
      worker.once('message', resolve);
      worker.once('error', (error) => fail(error instanceof Error ? error.message : String(error)));
      worker.once('exit', (code) => fail(`its thread ended with code ${code}`));
      timer = setTimeout(() => fail('it took longer than five minutes'), timeoutMs);
    });
  } finally {
    clearTimeout(timer);
    // One that is still at work ends by itself: terminating a thread inside the runtime aborts the process.
    worker.unref();
  }
}
