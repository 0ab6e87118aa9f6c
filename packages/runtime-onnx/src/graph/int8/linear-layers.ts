import type { Graph } from '../graph.ts';
import type { NodeProto } from '../onnx/onnx-proto.ts';
import { constantMatrix, type Matrix } from './constant-matrix.ts';

/** A product of activations with a weight, and the bias after it. */
export interface LinearLayer {
  readonly node: NodeProto;
  /** The value that is multiplied: [batch, sequence, rows]. */
  readonly input: string;
  readonly matrix: Matrix;
}

/** Layers that read the same value share its scale. */
export interface LinearLayerGroup {
  readonly input: string;
  readonly layers: readonly LinearLayer[];
}

/** Smaller products gain nothing in int8, and the head's products must stay exact. */
const leastSize = 16;

export function findLinearLayers(graph: Graph): LinearLayerGroup[] {
  const groups = new Map<string, LinearLayer[]>();
  for (const node of graph.sorted()) {
    if (node.opType !== 'MatMul') continue;
    const [input, weight] = node.input as [string, string];
    if (graph.constant(input)) continue;
    const matrix = constantMatrix(graph, weight);
    if (!matrix || matrix.rows < leastSize || matrix.columns < leastSize) continue;
    const layer = { node, input, matrix };
    groups.set(input, [...(groups.get(input) ?? []), layer]);
  }
  return [...groups].map(([input, layers]) => ({ input, layers }));
}
