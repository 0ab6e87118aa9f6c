import type { Graph } from '../graph.ts';
import { integerAttribute } from '../onnx/attributes.ts';
import { numbersOf } from '../onnx/tensor-values.ts';

/** A weight of a linear layer as numbers, row-major: `rows` inputs × `columns` outputs. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
  /** The stored tensor that it comes from: a name that rewriting the graph leaves alone. */
  readonly weight: string;
}

/**
 * The matrix behind a value, where it does not depend on the graph's inputs: stored as fp32, or as int8 with scales
 * (`DequantizeLinear`, or a `Cast` and a `Mul`).
 *
 * @returns `undefined` for anything else
 */
export function constantMatrix(graph: Graph, value: string): Matrix | undefined {
  const tensor = graph.constant(value);
  if (tensor) {
    const values = tensor.dims.length === 2 ? numbersOf(tensor) : undefined;
    if (!values || values instanceof BigInt64Array) return undefined;
    const [rows, columns] = tensor.dims as [number, number];
    return { rows, columns, values: Float32Array.from(values), weight: tensor.name ?? value };
  }
  const node = graph.producer(value);
  if (node?.opType === 'Cast' || node?.opType === 'Identity') return constantMatrix(graph, node.input[0]!);
  if (node?.opType === 'Mul') {
    return scaled(graph, node.input[0]!, node.input[1]!) ?? scaled(graph, node.input[1]!, node.input[0]!);
  }
  if (node?.opType !== 'DequantizeLinear' || isAsymmetric(graph, node.input[2])) return undefined;
  const perRow = [0, -2].includes(integerAttribute(node, 'axis', 1));
  return scaled(graph, node.input[0]!, node.input[1]!, perRow);
}

function scaled(graph: Graph, value: string, scales: string, perRow = false): Matrix | undefined {
  const factors = graph.numbers(scales, 1 << 20);
  const dims = graph.constant(scales)?.dims ?? [];
  if (!factors) return undefined;
  const matrix = constantMatrix(graph, value);
  if (!matrix) return undefined;
  const { rows, columns } = matrix;
  const alongRows = perRow || (dims.length === 2 && dims[1] === 1 && rows !== 1);
  if (factors.length !== 1 && factors.length !== (alongRows ? rows : columns)) return undefined;
  const values = matrix.values.map((integer, index) => {
    const place = alongRows ? Math.floor(index / columns) : index % columns;
    return integer * factors[factors.length === 1 ? 0 : place]!;
  });
  return { ...matrix, values };
}

function isAsymmetric(graph: Graph, zeroPoint: string | undefined): boolean {
  if (!zeroPoint) return false;
  const numbers = graph.numbers(zeroPoint, 1 << 20);
  return numbers === undefined || numbers.some((number) => number !== 0);
}
