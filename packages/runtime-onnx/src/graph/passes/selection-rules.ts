import type { Dimension } from '../dimensions.ts';
import type { Graph } from '../graph.ts';
import { integerAttribute, integersAttribute } from '../onnx/attributes.ts';
import type { NodeProto } from '../onnx/onnx-proto.ts';
import type { Shapes } from './pass.ts';
import { reshapeTarget } from './reshape-target.ts';

export interface Selection {
  readonly graph: Graph;
  readonly shapes: Shapes;
  readonly node: NodeProto;
  /** Axis of the node's first output on which one position is wanted. */
  readonly axis: number;
  /** Number of axes of the first output. */
  readonly rank: number;
}

/** For each input, the axis on which one position is enough, or `whole`. */
export type Demands = readonly (number | 'whole')[];

/**
 * `undefined` if one position of the output may need several positions of an input in a way that the rule does not
 * cover.
 */
export type Rule = (selection: Selection) => Demands | undefined;

/** Operators that work position by position, whose inputs are broadcast from the right. */
export const elementwise: Rule = ({ shapes, node, axis, rank }) => {
  const demands: (number | 'whole')[] = [];
  for (const input of node.input) {
    const dims = shapes.get(input);
    const own = axis - rank + (dims?.length ?? 0);
    if (input === '' || (dims && (own < 0 || dims[own] === 1))) demands.push('whole');
    else if (dims?.[own] === 'sequence') demands.push(own);
    else return undefined;
  }
  return demands;
};

/** The first input position by position; the others are weights or settings of the operator. */
export const firstInput: Rule = ({ node, axis }) =>
  node.input.map((_, index) => (index === 0 ? axis : 'whole'));

export const matrixProduct: Rule = ({ shapes, node, axis, rank }) => {
  const [left = [], right = []] = node.input.map((input) => shapes.get(input));
  if (left.length < 2 || right.length < 2) return undefined;
  if (axis === rank - 2) return [left.length - 2, 'whole'];
  return axis === rank - 1 ? ['whole', right.length - 1] : undefined;
};

export const generalProduct: Rule = ({ shapes, node, axis }) => {
  if (axis !== 0 || integerAttribute(node, 'transA', 0) !== 0) return undefined;
  const bias = node.input[2] === undefined ? undefined : shapes.get(node.input[2]);
  if (bias?.length === 2 && bias[0] !== 1) return undefined;
  return node.input.map((_, index) => (index === 0 ? 0 : 'whole'));
};

/** Norms over the axes from `axis` on. */
export const normalization: Rule = (selection) => {
  const over = integerAttribute(selection.node, 'axis', -1);
  return selection.axis < (over < 0 ? over + selection.rank : over) ? firstInput(selection) : undefined;
};

export const residualNormalization: Rule = ({ shapes, node, axis, rank }) => {
  if (axis >= rank - 1) return undefined;
  if (shapes.get(node.input[1]!)?.[axis] !== 'sequence') return undefined;
  return node.input.map((_, index) => (index < 2 ? axis : 'whole'));
};

export const softmax: Rule = (selection) => {
  const { graph, node, axis, rank } = selection;
  const recent = graph.opset() >= 13;
  const given = integerAttribute(node, 'axis', recent ? -1 : 1);
  const over = given < 0 ? given + rank : given;
  // Until opset 12 all axes from `axis` on are one.
  return axis < over || (recent && axis !== over) ? firstInput(selection) : undefined;
};

export const reduction: Rule = ({ graph, shapes, node, axis }) => {
  const inputRank = shapes.get(node.input[0]!)?.length ?? 0;
  const over = node.input[1] ? graph.numbers(node.input[1]) : integersAttribute(node, 'axes');
  if (!over || over.length === 0) return undefined;
  const reduced = over.map((each) => (each < 0 ? each + inputRank : each));
  const kept = integerAttribute(node, 'keepdims', 1) === 1;
  const left = Array.from({ length: inputRank }, (_, each) => each).filter(
    (each) => kept || !reduced.includes(each),
  );
  const own = left[axis];
  if (own === undefined || reduced.includes(own)) return undefined;
  return node.input.map((_, index) => (index === 0 ? own : 'whole'));
};

export const transposition: Rule = ({ node, axis, rank }) => {
  const order = integersAttribute(node, 'perm') ?? Array.from({ length: rank }, (_, each) => rank - 1 - each);
  return [order[axis]!];
};

/** A reshape that leaves the axis in one piece: as much comes before it in the input as in the output. */
export const reshape: Rule = ({ shapes, node, axis }) => {
  const before = shapes.get(node.input[0]!);
  const after = shapes.get(node.output[0]!);
  if (!before || !after) return undefined;
  const ahead = sizesOf(after.slice(0, axis));
  const own = before.findIndex(
    (dimension, index) => dimension === 'sequence' && sizesOf(before.slice(0, index)) === ahead,
  );
  if (own === -1 || ahead.includes('other')) return undefined;
  const one = (dims: readonly Dimension[], at: number) => dims.map((size, each) => (each === at ? 1 : size));
  if (node.opType === 'Reshape' && !reshapeTarget(one(before, own), one(after, axis))) return undefined;
  return node.input.map((_, index) => (index === 0 ? own : 'whole'));
};

function sizesOf(dimensions: readonly (number | string)[]): string {
  const fixed = dimensions.filter((size) => typeof size === 'number').reduce((all, size) => all * size, 1);
  return [fixed, ...dimensions.filter((size) => typeof size === 'string').sort()].join();
}

export const concatenation: Rule = ({ shapes, node, axis, rank }) => {
  const along = integerAttribute(node, 'axis', 0);
  if (axis === (along < 0 ? along + rank : along)) return undefined;
  return node.input.every((input) => shapes.get(input)?.[axis] === 'sequence')
    ? node.input.map(() => axis)
    : undefined;
};

/** Only on other axes; on the selected axis the operator may read another position. */
export const slice: Rule = (selection) => {
  const { graph, node, axis, rank } = selection;
  const axes = node.input[3] ? graph.numbers(node.input[3]) : integersAttribute(node, 'axes');
  if (!axes || axes.some((each) => (each < 0 ? each + rank : each) === axis)) return undefined;
  return firstInput(selection);
};

export const gather: Rule = ({ shapes, node, axis }) => {
  const [data, indices] = node.input.map((input) => shapes.get(input));
  if (!data || !indices) return undefined;
  const along = integerAttribute(node, 'axis', 0);
  const at = along < 0 ? along + data.length : along;
  if (axis < at) return [axis, 'whole'];
  if (axis < at + indices.length) return ['whole', axis - at];
  return [axis - indices.length + 1, 'whole'];
};

/** With one scale for the whole tensor; a scale computed from the data (DynamicQuantizeLinear) has no rule. */
export const quantization: Rule = (selection) => {
  const scale = selection.shapes.get(selection.node.input[1]!);
  return scale?.every((size) => size === 1) ? firstInput(selection) : undefined;
};

/** Query × key, softmax and value in one node (ONNX 23): queries are rows on their own. */
export const attention: Rule = ({ shapes, node, axis, rank }) => {
  const plain = node.output.slice(1).every((output) => output === '') && (node.input[4] ?? '') === '';
  if (!plain || integerAttribute(node, 'is_causal', 0) !== 0 || axis !== rank - 2) return undefined;
  const mask = node.input[3] ? shapes.get(node.input[3]) : undefined;
  const rows = mask?.at(-2);
  if (rows !== undefined && rows !== 1 && rows !== 'sequence') return undefined;
  return node.input.map((_, index) => {
    if (index === 0) return axis;
    return index === 3 && rows === 'sequence' ? mask!.length - 2 : 'whole';
  });
};

/** ONNX Runtime's own: queries × heads in one axis, the bias of the scores in input 5. */
export const multiHeadAttention: Rule = ({ shapes, node, axis, rank }) => {
  if (node.output.slice(1).some((output) => output !== '') || rank !== 3 || axis !== 1) return undefined;
  if (integerAttribute(node, 'unidirectional', 0) !== 0 || !node.input[1] || !node.input[2]) return undefined;
  if (node.input.slice(6).some((input) => input !== '')) return undefined;
  // A mask of keys may have rows too.
  if (node.input[4] && shapes.get(node.input[4])?.length !== 2) return undefined;
  const rows = node.input[5] ? shapes.get(node.input[5])?.at(-2) : undefined;
  return node.input.map((_, index) => {
    if (index === 0) return 1;
    return index === 5 && rows === 'sequence' ? shapes.get(node.input[5]!)!.length - 2 : 'whole';
  });
};
