import type { Dimension } from '../dimensions.ts';
import type { Graph } from '../graph.ts';

/** What a pass did. */
export interface PassReport {
  readonly pass: string;
  /** Places in the graph that were changed. */
  readonly applied: number;
  /** One sentence per thing that it did not recognize, or why there was nothing to do. */
  readonly notes: readonly string[];
}

/** Shapes of values, kept up to date by the passes. */
export type Shapes = Map<string, readonly Dimension[]>;

/** A rewrite that leaves every output as it was, but for rounding. */
export type Pass = (graph: Graph, shapes: Shapes) => PassReport;
