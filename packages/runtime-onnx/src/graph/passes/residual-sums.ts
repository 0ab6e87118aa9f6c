import type { Graph } from '../graph.ts';
import type { NodeProto } from '../onnx/onnx-proto.ts';
import type { Pass } from './pass.ts';

/**
 * Writes the sums in front of layer norms as `Sum` instead of `Add`. ONNX Runtime joins an `Add` and the norm after
 * it into SkipLayerNormalization, which is slower than the two; it does not join a `Sum`, which is the same addition.
 */
export const residualSums: Pass = (graph) => {
  let applied = 0;
  for (const node of graph.nodes) {
    if (node.opType !== 'Add' || graph.constant(node.input[0]!) || graph.constant(node.input[1]!)) continue;
    if (!graph.consumers(node.output[0]!).some((reader) => isNorm(graph, reader, node.output[0]!))) continue;
    node.opType = 'Sum';
    applied += 1;
  }
  return { pass: 'residual sums', applied, notes: [] };
};

/** As one operator, or as older exports spell it: the value minus its mean. */
function isNorm(graph: Graph, { opType, input, output }: NodeProto, value: string): boolean {
  if (opType === 'LayerNormalization') return input[0] === value;
  return (
    opType === 'ReduceMean' &&
    graph.consumers(output[0]!).some((reader) => reader.opType === 'Sub' && reader.input[0] === value)
  );
}
