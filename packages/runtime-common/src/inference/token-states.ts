import type { TokenSequence, TokenStates } from '@secondpass/core/runtime';

/**
 * The states of a batch in the form that a graph reads: fp32 [sequences, columns, width], zeros where there is
 * padding.
 *
 * @param columns tokens of the longest sequence
 * @throws Error if a sequence does not have one state per token
 */
export function padStates(
  sequences: readonly TokenSequence[],
  columns: number,
  paddingSide: 'left' | 'right',
): { readonly data: Float32Array; readonly dims: readonly [number, number, number] } {
  const width = sequences[0]?.states?.[0]?.width ?? 0;
  const data = new Float32Array(sequences.length * columns * width);
  for (const [row, { ids, states = [] }] of sequences.entries()) {
    const start = row * columns + (paddingSide === 'left' ? columns - ids.length : 0);
    let written = 0;
    for (const part of states) {
      const from = (start + written) * width;
      writeStates(part, data.subarray(from, from + part.values.length));
      written += part.values.length / part.width;
    }
    if (width === 0 || written !== ids.length || states.some((part) => part.width !== width)) {
      throw new Error(`a sequence of ${ids.length} tokens has ${written} states`);
    }
  }
  return { data, dims: [sequences.length, columns, width] };
}

function writeStates({ width, values, scales }: TokenStates, target: Float32Array): void {
  if (values instanceof Float32Array) return target.set(values);
  if (values instanceof Uint16Array) {
    floatOfHalf ??= everyHalf();
    for (let index = 0; index < values.length; index += 1) target[index] = floatOfHalf[values[index]!]!;
    return;
  }
  for (let token = 0, index = 0; index < values.length; token += 1) {
    const scale = scales![token]!;
    for (const end = index + width; index < end; index += 1) target[index] = values[index]! * scale;
  }
}

/** The float32 value of every 16-bit half, because Node 22 has no Float16Array; made on first use. */
let floatOfHalf: Float32Array | undefined;

function everyHalf(): Float32Array {
  return Float32Array.from({ length: 1 << 16 }, (_, bits) => {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 31;
    const fraction = (bits & 1023) / 1024;
    if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
    return exponent === 0 ? sign * fraction * 2 ** -14 : sign * (1 + fraction) * 2 ** (exponent - 15);
  });
}
