import type { Dimension } from '../dimensions.ts';
import type { Graph } from '../graph.ts';

/** What a pass did. */
export interface PassReport {
  readonly pass: string;
  /** How many places in the graph were changed. */
  readonly applied: number;
  /** One sentence per thing that it did not recognize, or why there was nothing to do. */
  readonly notes: readonly string[];
}

/** Shapes of values, kept up to date by the passes. */
export type Shapes = Map<string, readonly Dimension[]>;

/** A rewrite that changes no output, except by rounding. */
export type Pass = (graph: Graph, shapes: Shapes) => PassReport;
