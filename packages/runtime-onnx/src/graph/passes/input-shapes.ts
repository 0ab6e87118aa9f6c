import type { Dimension } from '../dimensions.ts';
import type { Graph } from '../graph.ts';
import { integerAttribute } from '../onnx/attributes.ts';
import { int64Tensor } from '../onnx/tensor-values.ts';
import type { Pass } from './pass.ts';

/** Makes `Shape` nodes read the graph's input, so that no inner value is kept whole only for its shape. */
export const inputShapes: Pass = (graph, shapes) => {
  const source = graph.inputs.find((name) => shapes.get(name)?.join() === 'batch,sequence');
  if (source === undefined)
    return { pass: 'input shapes', applied: 0, notes: ['No input is batch × sequence.'] };
  const sizes = new Map<Dimension, string>();
  const sizeOf = (dimension: Dimension): string => {
    const known = sizes.get(dimension);
    if (known !== undefined) return known;
    const name =
      typeof dimension === 'number' ? constantSize(graph, dimension) : inputSize(graph, source, dimension);
    sizes.set(dimension, name);
    return name;
  };
  let applied = 0;
  for (const node of [...graph.nodes]) {
    const value = node.input[0]!;
    if (node.opType !== 'Shape' || graph.inputs.includes(value)) continue;
    const all = shapes.get(value);
    const measured = all?.slice(
      integerAttribute(node, 'start', 0),
      integerAttribute(node, 'end', all.length),
    );
    if (!measured || measured.length === 0 || measured.includes('other')) continue;
    const inputs = measured.map(sizeOf);
    const output = node.output[0]!;
    graph.removeNode(node);
    graph.addNode({ opType: 'Concat', inputs, outputs: [output], attributes: { axis: 0 } });
    applied += 1;
  }
  return { pass: 'input shapes', applied, notes: [] };
};

function constantSize(graph: Graph, size: number): string {
  return graph.addInitializer(int64Tensor('size', [1], [size]));
}

function inputSize(graph: Graph, source: string, dimension: Dimension): string {
  const index = graph.addInitializer(int64Tensor('axis', [1], [dimension === 'batch' ? 0 : 1]));
  const shape = graph.addNode({ opType: 'Shape', inputs: [source] });
  return graph.addNode({ opType: 'Gather', inputs: [shape, index], attributes: { axis: 0 } });
}
