import type { Graph } from '../graph.ts';
import { integerAttribute } from '../onnx/attributes.ts';
import { numbersOf } from '../onnx/tensor-values.ts';

/** A weight of a linear layer as numbers, row-major: `rows` inputs × `columns` outputs. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
  /** The stored value that it comes from: a name that rewriting the graph leaves alone. */
  readonly weight: string;
}

/**
 * The matrix behind a value, if it does not depend on the graph's inputs: stored as fp32, or as int8 with scales
 * (`DequantizeLinear`, or a `Cast` and a `Mul`), either of them as it is or transposed.
 *
 * @returns `undefined` for anything else
 */
export function constantMatrix(graph: Graph, value: string): Matrix | undefined {
  const node = graph.producer(value);
  if (!node || node.opType === 'Constant') return storedMatrix(graph, value);
  const [first, second] = node.input as [string, string];
  switch (node.opType) {
    case 'Cast':
    case 'Identity':
      return constantMatrix(graph, first);
    case 'Transpose':
      return transposed(constantMatrix(graph, first));
    case 'Mul':
      return scaled(graph, first, second) ?? scaled(graph, second, first);
    case 'DequantizeLinear': {
      if (isAsymmetric(graph, node.input[2]) || integerAttribute(node, 'block_size', 0) > 0) return undefined;
      return scaled(graph, first, second, [0, -2].includes(integerAttribute(node, 'axis', 1)));
    }
    default:
      return undefined;
  }
}

function storedMatrix(graph: Graph, value: string): Matrix | undefined {
  const tensor = graph.constant(value);
  const values = tensor?.dims.length === 2 ? numbersOf(tensor) : undefined;
  if (!tensor || !values || values instanceof BigInt64Array) return undefined;
  const [rows, columns] = tensor.dims as [number, number];
  // By the value's name: a tensor inside a Constant node need not have a name.
  return { rows, columns, values: new Float32Array(values), weight: value };
}

function transposed(matrix: Matrix | undefined): Matrix | undefined {
  if (!matrix) return undefined;
  const { rows, columns, values } = matrix;
  const turned = new Float32Array(values.length);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      turned[column * rows + row] = values[row * columns + column]!;
    }
  }
  return { ...matrix, rows: columns, columns: rows, values: turned };
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
  const alongColumns = factors.length > 1 && !alongRows;
  // In place: the numbers were read for this matrix alone.
  const { values } = matrix;
  for (let row = 0, index = 0; row < rows; row += 1) {
    const factor = factors[alongRows && factors.length > 1 ? row : 0]!;
    for (let column = 0; column < columns; column += 1, index += 1) {
      values[index] = values[index]! * (alongColumns ? factors[column]! : factor);
    }
  }
  return matrix;
}

function isAsymmetric(graph: Graph, zeroPoint: string | undefined): boolean {
  if (!zeroPoint) return false;
  const numbers = graph.numbers(zeroPoint, 1 << 20);
  return numbers === undefined || numbers.some((number) => number !== 0);
}
