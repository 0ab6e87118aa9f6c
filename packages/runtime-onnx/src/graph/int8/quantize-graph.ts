import type { Graph } from '../graph.ts';
import { dataType, floatTensor, int64Tensor, tensor } from '../onnx/tensor-values.ts';
import { joinRanges, rangesByWeight } from './activation-ranges.ts';
import type { ActivationRanges, LayerRange } from './activation-ranges-schema.ts';
import { findLinearLayers, type LinearLayer, type LinearLayerGroup } from './linear-layers.ts';
import { type QuantizedMatrix, quantizeColumns } from './quantize-columns.ts';
import { smoothingFactors } from './smoothing.ts';

const microsoft = 'com.microsoft';

export interface Int8Settings {
  readonly ranges: ActivationRanges;
  /** Largest magnitude of a weight; see {@link quantizeColumns}. */
  readonly mostOfWeight: 127 | 63;
}

/**
 * Turns the linear layers of a graph into 8-bit integer products whose result for a token depends on that token alone:
 * an input has either one scale for all texts, found by calibration, or one for each token. So a score does not
 * depend on the rest of the batch, as it does if the runtime computes one scale for each batch.
 *
 * Down-projections (more rows than columns: the second layer of a feed-forward block) get a scale for each token,
 * because their inputs have the rarest and largest outliers; the others get a static one, after smoothing.
 *
 * @returns how many layers were converted; a layer without a range stays as it is. Call `graph.removeDead()`
 * afterwards.
 */
export function quantizeGraph(graph: Graph, settings: Int8Settings): number {
  const groups = findLinearLayers(graph);
  const rangesOf = assignRanges(groups, settings.ranges);
  let turned = 0;
  graph.useDomain(microsoft, 1);
  for (const [index, { layers }] of groups.entries()) {
    const [{ node, matrix: first }] = layers as [LinearLayer];
    const range = rangesOf[index];
    if (!range || range.channels.length !== first.rows) continue;
    // Read the input only now: converting the layer before may have changed it.
    const group = { input: node.input[0]!, layers };
    const perToken = layers.every(({ matrix }) => matrix.rows > matrix.columns);
    if (perToken) quantizePerToken(graph, group, range, settings);
    else quantizeStatic(graph, group, range, settings);
    turned += layers.length;
  }
  return turned;
}

/** Each group's range: found by its first weight, and by how many earlier groups read the same weight. */
function assignRanges(
  groups: readonly LinearLayerGroup[],
  ranges: ActivationRanges,
): (LayerRange | undefined)[] {
  const byWeight = rangesByWeight(ranges);
  const weights = groups.map(({ layers }) => layers[0]!.matrix.weight);
  return weights.map((weight, index) => {
    const measured = byWeight.get(weight) ?? [];
    const before = weights.slice(0, index).filter((other) => other === weight).length;
    const all = weights.filter((other) => other === weight).length;
    // A rewrite may have merged or removed readers of a weight: then ranges cannot be assigned to readers, and are
    // joined.
    return all === measured.length ? measured[before] : measured.reduce(joinRanges, measured[0]!);
  });
}

function quantizeStatic(
  graph: Graph,
  { input, layers }: LinearLayerGroup,
  range: LayerRange,
  { mostOfWeight }: Int8Settings,
): void {
  const factors = smoothingFactors(
    range.channels,
    layers.map(({ matrix }) => matrix),
  );
  const largest = Math.max(
    ...range.channels.map((magnitude, channel) => magnitude / factors[channel]!),
    1e-6,
  );
  const scale = graph.addInitializer(floatTensor('int8_scale', [], Float32Array.of(largest / 127)));
  const zero = graph.addInitializer(tensor('int8_zero', [], dataType.uint8, Uint8Array.of(128)));
  const divisors = floatTensor(
    'int8_smoothing',
    [factors.length],
    factors.map((factor) => 1 / factor),
  );
  const smoothed = graph.addNode({ opType: 'Mul', inputs: [input, graph.addInitializer(divisors)] });
  const integers = graph.addNode({ opType: 'QuantizeLinear', inputs: [smoothed, scale, zero] });
  for (const layer of layers) {
    const weight = quantizeColumns(layer.matrix, factors, mostOfWeight);
    const bias = followingBias(graph, layer);
    const product = product8(graph, weight, layer, { integers, scale, zero }, bias?.values);
    graph.replaceUses(bias?.output ?? layer.node.output[0]!, product);
  }
}

/**
 * An activation function's output goes far above zero and hardly below (GELU's minimum is −0.17), so its range begins
 * at the calibrated low, and smaller values are clipped to it. Signed inputs have a range around zero.
 */
function quantizePerToken(
  graph: Graph,
  { input, layers }: LinearLayerGroup,
  { low, high }: LayerRange,
  { mostOfWeight }: Int8Settings,
): void {
  const oneSided = low > -0.1 * high;
  const offset = oneSided ? Math.max(0, -low) : 0;
  const steps = oneSided ? 255 : 127;
  const magnitude = oneSided ? input : graph.addNode({ opType: 'Abs', inputs: [input] });
  const most = reduceMax(graph, magnitude);
  // At least the smallest scale, so that a token of zeros does not divide by zero.
  const bounded = graph.addNode({ opType: 'Max', inputs: [most, scalar(graph, 1e-6)] });
  const span = oneSided
    ? graph.addNode({ opType: 'Add', inputs: [bounded, scalar(graph, offset)] })
    : bounded;
  const tokenScale = graph.addNode({ opType: 'Mul', inputs: [span, scalar(graph, 1 / steps)] });
  const shifted = oneSided ? graph.addNode({ opType: 'Add', inputs: [input, scalar(graph, offset)] }) : input;
  // One division per token: dividing every number takes three times as long as multiplying it.
  const stepsPerUnit = graph.addNode({ opType: 'Div', inputs: [scalar(graph, steps), span] });
  const steppedInput = graph.addNode({ opType: 'Mul', inputs: [shifted, stepsPerUnit] });
  const one = scalar(graph, 1);
  const zeroPoint = Uint8Array.of(oneSided ? 0 : 128);
  const zero = graph.addInitializer(tensor('int8_zero', [], dataType.uint8, zeroPoint));
  const integers = graph.addNode({ opType: 'QuantizeLinear', inputs: [steppedInput, one, zero] });
  for (const layer of layers) {
    const weight = quantizeColumns(layer.matrix, undefined, mostOfWeight);
    const bias = followingBias(graph, layer);
    const product = product8(graph, weight, layer, { integers, scale: one, zero });
    const scaled = graph.addNode({ opType: 'Mul', inputs: [product, tokenScale] });
    const shift = weight.columnSums.map((sum, column) => (bias?.values[column] ?? 0) - offset * sum);
    const shifts = graph.addInitializer(floatTensor('int8_bias', [shift.length], shift));
    const sum = graph.addNode({ opType: 'Add', inputs: [scaled, shifts] });
    graph.replaceUses(bias?.output ?? layer.node.output[0]!, sum);
  }
}

interface QuantizedInput {
  readonly integers: string;
  readonly scale: string;
  readonly zero: string;
}

/** @returns name of the product, [batch, sequence, columns] */
function product8(
  graph: Graph,
  { integers: weights, scales }: QuantizedMatrix,
  { matrix: { rows, columns } }: LinearLayer,
  { integers, scale, zero }: QuantizedInput,
  bias?: Float32Array,
): string {
  return graph.addNode({
    opType: 'MatMulIntegerToFloat',
    domain: microsoft,
    inputs: [
      integers,
      graph.addInitializer(tensor('int8_weight', [rows, columns], dataType.int8, weights)),
      scale,
      graph.addInitializer(floatTensor('int8_weight_scale', [columns], scales)),
      zero,
      ...(bias ? ['', graph.addInitializer(floatTensor('int8_bias', [columns], bias))] : []),
    ],
  });
}

/** The bias that is added to a layer's product, if nothing else reads the product. */
function followingBias(
  graph: Graph,
  { node, matrix }: LinearLayer,
): { readonly values: Float32Array; readonly output: string } | undefined {
  const product = node.output[0]!;
  const [add, ...others] = graph.consumers(product);
  if (add?.opType !== 'Add' || others.length > 0 || graph.isOutput(product)) return undefined;
  const bias = add.input.find((value) => value !== product) ?? '';
  const values = graph.numbers(bias, 1 << 20);
  if (values?.length !== matrix.columns || graph.constant(bias)?.dims.length !== 1) return undefined;
  return { values: Float32Array.from(values), output: add.output[0]! };
}

function reduceMax(graph: Graph, value: string): string {
  // Until opset 17 the axes are an attribute, from 18 on an input.
  if (graph.opset() < 18) {
    return graph.addNode({ opType: 'ReduceMax', inputs: [value], attributes: { axes: [-1n], keepdims: 1 } });
  }
  const axes = graph.addInitializer(int64Tensor('last_axis', [1], [-1]));
  return graph.addNode({ opType: 'ReduceMax', inputs: [value, axes], attributes: { keepdims: 1 } });
}

function scalar(graph: Graph, value: number): string {
  return graph.addInitializer(floatTensor('int8_constant', [], Float32Array.of(value)));
}
