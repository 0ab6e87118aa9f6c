import type { OutputRow } from '../runtime/model-session.ts';

/**
 * How the vectors of a text's tokens become one vector: their mean; the first token's (`cls`); the last one's, as
 * decoders are trained; the greatest value of each dimension; the sum over the square root of the count; the mean with
 * weights 1, 2, 3, … by position (Muennighoff 2022, "SGPT").
 */
export type PoolingMode = 'mean' | 'cls' | 'last-token' | 'max' | 'mean-sqrt-length' | 'weighted-mean';

/** Every {@link PoolingMode}. */
export const poolingModes: readonly PoolingMode[] = [
  'mean',
  'cls',
  'last-token',
  'max',
  'mean-sqrt-length',
  'weighted-mean',
];

/**
 * The tokens of a row that belong to the text: from `first` up to `end`, exclusive. Before them is a prompt, after
 * them padding.
 */
export interface TokenSpan {
  readonly first: number;
  readonly end: number;
}

/**
 * Pools token vectors [tokens, dimensions] by each mode, one result after the other.
 *
 * @returns `modes.length` × dimensions numbers
 */
export function poolTokens(
  { data, dims }: OutputRow,
  span: TokenSpan,
  modes: readonly PoolingMode[],
): Float32Array {
  const dimensions = dims.at(-1)!;
  const result = new Float32Array(modes.length * dimensions);
  for (const [index, mode] of modes.entries()) {
    result.set(poolBy[mode](data, dimensions, span), index * dimensions);
  }
  return result;
}

type Pool = (data: Float32Array, dimensions: number, span: TokenSpan) => ArrayLike<number>;

const poolBy: Readonly<Record<PoolingMode, Pool>> = {
  cls: (data, dimensions, { first }) => data.subarray(first * dimensions, (first + 1) * dimensions),
  'last-token': (data, dimensions, { end }) => data.subarray((end - 1) * dimensions, end * dimensions),
  mean: weighted(
    () => 1,
    (total) => total,
  ),
  'mean-sqrt-length': weighted(() => 1, Math.sqrt),
  // The weight is the position in the whole input: a prompt that is left out still counts.
  'weighted-mean': weighted(
    (position) => position + 1,
    (total) => total,
  ),
  max(data, dimensions, { first, end }) {
    const greatest = new Float32Array(dimensions).fill(Number.NEGATIVE_INFINITY);
    for (let token = first; token < end; token += 1) {
      for (let index = 0; index < dimensions; index += 1) {
        greatest[index] = Math.max(greatest[index]!, data[token * dimensions + index]!);
      }
    }
    return greatest;
  },
};

function weighted(weightOf: (position: number) => number, divisorOf: (total: number) => number): Pool {
  return (data, dimensions, { first, end }) => {
    const sums = new Float64Array(dimensions);
    let total = 0;
    for (let token = first; token < end; token += 1) {
      const weight = weightOf(token);
      total += weight;
      for (let index = 0; index < dimensions; index += 1) {
        sums[index]! += weight * data[token * dimensions + index]!;
      }
    }
    const divisor = divisorOf(total);
    return sums.map((sum) => sum / divisor);
  };
}
