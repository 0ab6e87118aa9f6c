import type { HeadActivation, HeadLayer, OutputHead } from '@secondpass/core/runtime';

/** Token vectors of a padded batch, as a graph gives them. */
export interface PaddedTokenVectors {
  readonly data: Float32Array;
  /** Sequences, tokens with padding, numbers per token. */
  readonly dims: readonly number[];
  /** Tokens of each sequence that are not padding. */
  readonly lengths: readonly number[];
  readonly paddingSide: 'left' | 'right';
}

/** Runs the head in float64. @throws Error when the vectors have another width than the head reads */
export function applyHead(
  vectors: PaddedTokenVectors,
  head: OutputHead,
): { data: Float32Array; dims: number[] } {
  const rows = vectors.lengths.map((_, row) => {
    let vector = pool(vectors, row, head.pooling);
    if (head.columns) {
      const width = vector.length;
      const outside = head.columns.find((column) => column >= width);
      if (outside !== undefined)
        throw new Error(`the head reads column ${outside}, and the graph answers ${width}`);
      vector = Float64Array.from(head.columns, (column) => vector[column]!);
    }
    for (const layer of head.layers)
      vector = layer.kind === 'dense' ? dense(vector, layer) : norm(vector, layer);
    return vector;
  });
  const width = rows[0]?.length ?? 0;
  const data = new Float32Array(rows.length * width);
  for (const [row, vector] of rows.entries()) data.set(vector, row * width);
  return { data, dims: [rows.length, width] };
}

function pool(vectors: PaddedTokenVectors, row: number, pooling: OutputHead['pooling']): Float64Array {
  const { data, dims, lengths, paddingSide } = vectors;
  const [, columns, width] = dims as [number, number, number];
  const at = (column: number) => {
    const start = (row * columns + column) * width;
    return data.subarray(start, start + width);
  };
  const longest = Math.max(...lengths);
  const length = lengths[row]!;
  if (columns !== longest) {
    // Exports of decoders may give the last column only, which is a token of each sequence if padding is on the left.
    if (columns === 1 && pooling === 'last-token' && (paddingSide === 'left' || length === longest)) {
      return Float64Array.from(at(0));
    }
    throw new Error(
      columns === 1
        ? 'the graph answers for its last column only: state "paddingSide": "left" in secondpass.json'
        : `the graph answers ${columns} vectors for ${longest} tokens`,
    );
  }
  const first = paddingSide === 'left' ? longest - length : 0;
  if (pooling === 'first-token') return Float64Array.from(at(first));
  if (pooling === 'last-token') return Float64Array.from(at(first + length - 1));
  return meanOf(data, width, row * columns + first, length);
}

/** A plain loop: models that pool every token spend a percent of their time here. */
function meanOf(data: Float32Array, width: number, firstToken: number, tokens: number): Float64Array {
  const mean = new Float64Array(width);
  for (let at = firstToken * width, token = 0; token < tokens; token += 1) {
    for (let index = 0; index < width; index += 1, at += 1) mean[index]! += data[at]!;
  }
  for (let index = 0; index < width; index += 1) mean[index]! /= tokens;
  return mean;
}

function dense(input: Float64Array, layer: HeadLayer & { kind: 'dense' }): Float64Array {
  const { weight, bias, outputs, activation } = layer;
  if (weight.length !== outputs * input.length) {
    throw new Error(`a layer of ${weight.length} weights cannot read ${input.length} numbers`);
  }
  const output = new Float64Array(outputs);
  for (let row = 0; row < outputs; row += 1) {
    let sum = bias?.[row] ?? 0;
    for (let index = 0; index < input.length; index += 1)
      sum += weight[row * input.length + index]! * input[index]!;
    output[row] = activate(sum, activation);
  }
  return output;
}

/** Layer normalization (Ba et al. 2016). */
function norm(input: Float64Array, { weight, bias, epsilon }: HeadLayer & { kind: 'norm' }): Float64Array {
  if (weight.length !== input.length) {
    throw new Error(`a normalization of ${weight.length} numbers cannot read ${input.length}`);
  }
  const mean = input.reduce((sum, value) => sum + value, 0) / input.length;
  const variance = input.reduce((sum, value) => sum + (value - mean) ** 2, 0) / input.length;
  const scale = 1 / Math.sqrt(variance + epsilon);
  return input.map((value, index) => (value - mean) * scale * weight[index]! + (bias?.[index] ?? 0));
}

function activate(value: number, activation: HeadActivation): number {
  if (activation === 'tanh') return Math.tanh(value);
  if (activation === 'gelu') return 0.5 * value * (1 + errorFunction(value / Math.SQRT2));
  if (activation === 'relu') return Math.max(0, value);
  if (activation === 'sigmoid') return 1 / (1 + Math.exp(-value));
  if (activation === 'silu') return value / (1 + Math.exp(-value));
  return value;
}

/** erf by its series of positive terms (Abramowitz & Stegun 7.1.6), which loses no digits; 1 beyond 6 in float64. */
function errorFunction(value: number): number {
  if (Math.abs(value) > 6) return Math.sign(value);
  let term = value;
  let sum = value;
  for (let n = 1; Math.abs(term) > Math.abs(sum) * 1e-17; n += 1) {
    term *= (2 * value * value) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-value * value) * sum;
}
