import type { TokenSequence } from '@secondpass/core/runtime';
import { startModelThread } from '@secondpass/runtime-common';
import type { ActivationRanges } from './activation-ranges-schema.ts';

export interface MeasureTask {
  /** Absolute path of the graph, which computes in fp32. */
  readonly source: string;
  readonly sequences: readonly TokenSequence[];
}

export type MeasureReply = { readonly ranges: ActivationRanges } | { readonly failure: string };

// In a checkout, Node runs the TypeScript file; the published package contains JavaScript only.
const script = new URL(
  import.meta.url.endsWith('.ts') ? './measure-worker.ts' : './measure-worker.js',
  import.meta.url,
);

/**
 * Measures the ranges on a thread of its own.
 *
 * @throws Error if the graph cannot be read or has no linear layers, or the signal's reason
 */
export async function measureRangesInThread(
  task: MeasureTask,
  signal?: AbortSignal,
): Promise<ActivationRanges> {
  signal?.throwIfAborted();
  const worker = startModelThread(script, task);
  const stop = Promise.withResolvers<never>();
  const abort = () => stop.reject(signal!.reason);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    const reply = await Promise.race([
      stop.promise,
      new Promise<MeasureReply>((resolve, reject) => {
        worker.once('message', resolve);
        worker.once('error', reject);
        worker.once('exit', (code) => reject(new Error(`the measuring thread ended with code ${code}`)));
      }),
    ]);
    if ('failure' in reply) throw new Error(reply.failure);
    return reply.ranges;
  } finally {
    signal?.removeEventListener('abort', abort);
    // A thread that is still working ends by itself: terminating a thread inside the runtime would abort the process.
    worker.postMessage('stop');
    worker.unref();
  }
}
