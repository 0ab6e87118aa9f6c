import type { TokenStates } from '@secondpass/core/runtime';

/**
 * How states are stored: as they were computed; in half of the space, with eleven significant bits; or in a quarter
 * of it, as integers from −127 to 127 with one scale for each token.
 */
export const statePrecisions = ['float32', 'float16', 'int8'] as const;
/** What states are stored in; see {@link statePrecisions}. */
export type StatePrecision = (typeof statePrecisions)[number];

/** @param values fp32, row-major [tokens, width] */
export function compressStates(values: Float32Array, width: number, precision: StatePrecision): TokenStates {
  if (precision === 'float32') return { width, values };
  if (precision === 'float16') return { width, values: halvesOf(values) };
  const integers = new Int8Array(values.length);
  const scales = new Float32Array(values.length / width);
  for (const token of scales.keys()) {
    const start = token * width;
    let most = 0;
    for (let index = start; index < start + width; index += 1) {
      most = Math.max(most, Math.abs(values[index]!));
    }
    const scale = most / 127 || 1;
    scales[token] = scale;
    for (let index = start; index < start + width; index += 1) {
      integers[index] = Math.round(values[index]! / scale);
    }
  }
  return { width, values: integers, scales };
}

const float = new Float32Array(1);
const bitsOfFloat = new Uint32Array(float.buffer);

/** The nearest IEEE 754 binary16 of each number, ties to even, as its bits; beyond 65,504 the largest one. */
function halvesOf(values: Float32Array): Uint16Array {
  const halves = new Uint16Array(values.length);
  for (const [index, value] of values.entries()) {
    float[0] = Math.max(-65_504, Math.min(65_504, value));
    const bits = bitsOfFloat[0]!;
    const sign = (bits >>> 16) & 0x8000;
    const magnitude = bits & 0x7fff_ffff;
    halves[index] = sign | (magnitude < 0x3880_0000 ? smallHalf(Math.abs(float[0])) : normalHalf(magnitude));
  }
  return halves;
}

/** Below 2⁻¹⁴ a half is a multiple of 2⁻²⁴. */
function smallHalf(magnitude: number): number {
  const steps = magnitude * 2 ** 24;
  const down = Math.floor(steps);
  const rest = steps - down;
  return down + (rest > 0.5 || (rest === 0.5 && down % 2 === 1) ? 1 : 0);
}

/** Subtracts 112 from the exponent's bias and rounds 13 bits away; a carry goes into the exponent, as intended. */
function normalHalf(magnitude: number): number {
  const rebiased = magnitude - (112 << 23);
  const odd = (rebiased >>> 13) & 1;
  return (rebiased + 0xfff + odd) >>> 13;
}
