import type { Graph } from '../graph.ts';
import { integerAttribute } from '../onnx/attributes.ts';
import type { NodeProto } from '../onnx/onnx-proto.ts';
import { int64Tensor } from '../onnx/tensor-values.ts';
import type { Pass, Shapes } from './pass.ts';

interface Guard {
  /** Replaces NaN in the attention by zero. */
  readonly where: NodeProto;
  readonly softmax: string;
  /** Attention × values. */
  readonly product: NodeProto;
}

/**
 * PyTorch's SDPA exports replace NaN in the attention by zero, for tokens whose mask hides all others. A softmax
 * gives either a whole row of NaN or none, so one element of a row tells which. The zeros are therefore put into the
 * product with the values, which is smaller than the attention. A NaN with another cause stays NaN.
 */
export const emptyRowGuards: Pass = (graph, shapes) => {
  const guards = [...graph.nodes]
    .map((node) => findGuard(graph, shapes, node))
    .filter((guard) => guard !== undefined);
  for (const guard of guards) moveGuard(graph, shapes, guard);
  return { pass: 'empty row guards', applied: guards.length, notes: [] };
};

function findGuard(graph: Graph, shapes: Shapes, where: NodeProto): Guard | undefined {
  if (where.opType !== 'Where') return undefined;
  const [condition = '', zero = '', softmax = ''] = where.input;
  const test = graph.producer(condition);
  if (test?.opType !== 'IsNaN' || test.input[0] !== softmax) return undefined;
  if (!graph.numbers(zero)?.every((value) => value === 0) || graph.constant(zero)!.dims.length > 1)
    return undefined;
  const rank = shapes.get(softmax)?.length ?? 0;
  const source = graph.producer(softmax);
  const axis = source?.opType === 'Softmax' ? integerAttribute(source, 'axis', -1) : undefined;
  if (rank < 2 || graph.opset() < 13 || (axis !== -1 && axis !== rank - 1)) return undefined;
  const [product, ...others] = graph.consumers(where.output[0]!);
  if (product?.opType !== 'MatMul' || others.length > 0 || graph.isOutput(where.output[0]!)) return undefined;
  if (product.input[0] !== where.output[0] || product.input[1] === where.output[0]) return undefined;
  const known = shapes.get(product.output[0]!)?.length === rank && !graph.isOutput(product.output[0]!);
  return known ? { where, softmax, product } : undefined;
}

function moveGuard(graph: Graph, shapes: Shapes, { where, softmax, product }: Guard): void {
  const value = product.output[0]!;
  const readers = graph.consumers(value);
  const dims = shapes.get(softmax)!;
  const settings = [0, 1, dims.length - 1].map((size) =>
    graph.addInitializer(int64Tensor('position', [1], [size])),
  );
  for (const name of settings) shapes.set(name, [1]);
  const column = graph.addNode({ opType: 'Slice', inputs: [softmax, ...settings] });
  const empty = graph.addNode({ opType: 'IsNaN', inputs: [column] });
  const guarded = graph.addNode({ opType: 'Where', inputs: [empty, where.input[1]!, value] });
  for (const name of [column, empty]) shapes.set(name, [...dims.slice(0, -1), 1]);
  shapes.set(guarded, shapes.get(value)!);
  graph.setInput(product, 0, softmax);
  for (const reader of readers) {
    for (const [index, input] of reader.input.entries()) {
      if (input === value) graph.setInput(reader, index, guarded);
    }
  }
}
