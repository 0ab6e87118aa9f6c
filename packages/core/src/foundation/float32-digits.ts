/** Powers of ten that a fraction below 1 is rounded to; nine digits distinguish all float32 values. */
const scales = [1e6, 1e7, 1e8, 1e9, 1e10];

/**
 * The numbers of a vector as JSON should send them. JavaScript prints a float32 as the float64 that it is held in:
 * `0.10000000149011612`. Here each becomes the float64 of the shortest decimal that reads as the same float32: `0.1`.
 *
 * @param vector finite numbers
 * @returns as many numbers; `Math.fround` of each is the one given
 *
 * @example
 * import { float32Digits } from '@secondpass/core/extend';
 * float32Digits(Float32Array.of(0.1, -2)); // → [ 0.1, -2 ]
 */
export function float32Digits(vector: Float32Array): number[] {
  return Array.from(vector, shortest);
}

function shortest(value: number): number {
  // Most numbers of an embedding are small fractions, and this is ten times as fast as printing them.
  if (Math.abs(value) < 1 && Math.abs(value) > 1e-3) {
    for (const scale of scales) {
      const rounded = Math.round(value * scale) / scale;
      if (Math.fround(rounded) === value) return rounded;
    }
  }
  for (let digits = 6; digits < 9; digits += 1) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === value) return rounded;
  }
  return Number(value.toPrecision(9));
}
