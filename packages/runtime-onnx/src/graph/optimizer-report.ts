import type { PassReport } from './passes/pass.ts';

/** Goes up with every change that makes another graph of the same file, so that cached ones are made anew. */
export const optimizerVersion = 3;

/** What was done to a graph. */
export interface OptimizationReport {
  readonly outcome: 'optimized' | 'left-as-it-is';
  /** Why the graph was left as it is; empty where it was optimized. */
  readonly reason: string;
  readonly passes: readonly PassReport[];
  /** Nodes of the graph as it was. */
  readonly nodesBefore: number;
  /** Nodes of the graph that is run. */
  readonly nodesAfter: number;
  /** Largest difference from the original's output in the self-check; `null` where none was made. */
  readonly largestDifference: number | null;
}
