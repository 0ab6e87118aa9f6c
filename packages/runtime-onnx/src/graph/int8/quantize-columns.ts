import type { Matrix } from './constant-matrix.ts';

/** A weight in int8 with a scale for each output. */
export interface QuantizedMatrix {
  readonly integers: Int8Array;
  readonly scales: Float32Array;
  /** Sum of each column's integers: the change of the output when every input grows by one. */
  readonly columnSums: Float32Array;
}

/**
 * Rounds a weight to symmetric int8, column by column (Jacob et al. 2018).
 *
 * @param factors what each row is multiplied by first
 * @param most 127; 63 for processors whose 16-bit sums would overflow
 */
export function quantizeColumns(
  { rows, columns, values }: Matrix,
  factors: Float32Array | undefined,
  most: 127 | 63,
): QuantizedMatrix {
  const scales = new Float32Array(columns);
  for (let row = 0, index = 0; row < rows; row += 1) {
    const factor = factors ? factors[row]! : 1;
    for (let column = 0; column < columns; column += 1, index += 1) {
      const magnitude = Math.abs(values[index]! * factor);
      if (magnitude > scales[column]!) scales[column] = magnitude;
    }
  }
  for (let column = 0; column < columns; column += 1) {
    // Round the step to float32 first: a step below the smallest float is 0, and dividing by it would make the
    // column's sum NaN.
    scales[column] = Math.fround(scales[column]! / most) || 1;
  }
  const integers = new Int8Array(rows * columns);
  const columnSums = new Float32Array(columns);
  for (let row = 0, index = 0; row < rows; row += 1) {
    const factor = factors ? factors[row]! : 1;
    for (let column = 0; column < columns; column += 1, index += 1) {
      const scale = scales[column]!;
      // The nearest integer, ties upwards, as Math.round gives it, which takes twice as long.
      let integer = Math.floor((values[index]! * factor) / scale + 0.5);
      if (integer > most) integer = most;
      else if (integer < -most) integer = -most;
      integers[index] = integer;
      columnSums[column]! += integer * scale;
    }
  }
  return { integers, scales, columnSums };
}
