import { int64Tensor } from '../onnx/tensor-values.ts';
import type { Pass } from './pass.ts';
import { reshapeTarget } from './reshape-target.ts';

/** Gives `Reshape` nodes constant targets, so that the nodes that computed the sizes can be removed. */
export const constantReshapes: Pass = (graph, shapes) => {
  let applied = 0;
  for (const node of graph.nodes) {
    if (node.opType !== 'Reshape' || graph.constant(node.input[1]!)) continue;
    const before = shapes.get(node.input[0]!);
    const after = shapes.get(node.output[0]!);
    const target = before && after && reshapeTarget(before, after);
    if (!target) continue;
    graph.setInput(node, 1, graph.addInitializer(int64Tensor('target', [target.length], target)));
    node.attribute = node.attribute.filter(({ name }) => name !== 'allowzero');
    applied += 1;
  }
  return { pass: 'constant reshapes', applied, notes: [] };
};
