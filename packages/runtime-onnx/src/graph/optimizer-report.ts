import type { PassReport } from './passes/pass.ts';

/** Increase it with every change that makes another graph from the same file, so that cached graphs are made again. */
export const optimizerVersion = 3;

/** What was done to a graph. */
export interface OptimizationReport {
  readonly outcome: 'optimized' | 'left-as-it-is';
  /** Why the graph was left as it is; empty if it was optimized. */
  readonly reason: string;
  readonly passes: readonly PassReport[];
  /** Nodes of the graph as it was. */
  readonly nodesBefore: number;
  /** Nodes of the graph that is run. */
  readonly nodesAfter: number;
  /** Largest difference from the original's output in the self-check; `null` without a self-check. */
  readonly largestDifference: number | null;
}
