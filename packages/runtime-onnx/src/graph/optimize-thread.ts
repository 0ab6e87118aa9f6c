import { answerOfThread } from './graph-thread.ts';
import type { Int8Settings } from './int8/quantize-graph.ts';
import type { OptimizationReport } from './optimizer-report.ts';

export interface ThreadTask {
  /** Absolute path of the graph. */
  readonly source: string;
  /** What `graphKey` calls the graph that is made, so that one that was checked before is known by it. @default none is known */
  readonly key?: string;
  /** Settings for int8, if the graph is to be converted. */
  readonly int8?: Int8Settings;
  /** Absolute path that the optimized graph is written to, if one is made. */
  readonly target: string;
}

export interface ThreadReply {
  readonly report: OptimizationReport;
  /** `null` if the graph is left as it is. */
  readonly written: { readonly sha256: string } | null;
}

// In a checkout, Node runs the TypeScript file; the published package contains JavaScript only.
const script = new URL(
  import.meta.url.endsWith('.ts') ? './optimize-worker.ts' : './optimize-worker.js',
  import.meta.url,
);

/**
 * Optimizes a graph file on a thread of its own.
 *
 * @throws Error if a file cannot be read or written, or the thread ends or takes longer than five minutes
 */
export function optimizeInThread(task: ThreadTask): Promise<ThreadReply> {
  return answerOfThread(script, task, 'optimizing');
}
