import { z } from 'zod';
import { checkOptions, kind } from '../../foundation/check-options.ts';
import { describeValue } from '../../foundation/describe-value.ts';
import { RetrievalError } from '../../foundation/retrieval-error.ts';

/** The smallest and the largest value of each dimension; 256 steps divide the range between them. */
export interface VectorRanges {
  readonly minimums: Float32Array;
  readonly maximums: Float32Array;
}

/**
 * How a vector is stored: one byte a dimension, signed or unsigned; or one bit, which is 1 above zero, eight to a byte
 * from the highest bit on (`ubinary`), or that byte minus 128 (`binary`). The words are those of
 * sentence-transformers.
 */
export type VectorPrecision = 'int8' | 'uint8' | 'binary' | 'ubinary';

/** How {@link quantizeVectors} stores a vector; one byte a dimension needs the ranges of {@link rangesOf}. */
export type QuantizationSettings =
  | { readonly precision: 'int8' | 'uint8'; readonly ranges: VectorRanges }
  | { readonly precision: 'binary' | 'ubinary' };

const origin = 'quantize-vectors';

const ranges = kind<VectorRanges>('what rangesOf(sample) gives', (value) => {
  const { minimums, maximums } = (value ?? {}) as Partial<VectorRanges>;
  return ArrayBuffer.isView(minimums) && ArrayBuffer.isView(maximums);
});

const settingsSchema = z.discriminatedUnion(
  'precision',
  [
    z.strictObject({ precision: z.literal(['int8', 'uint8']), ranges }),
    z.strictObject({ precision: z.literal(['binary', 'ubinary']) }),
  ],
  { error: 'one of int8, uint8, binary, ubinary' },
);

/**
 * The ranges of a sample, for `int8` and `uint8`. Take a few thousand vectors of the collection, keep the result with the
 * index, and use it for every passage and every query: vectors made with different ranges cannot be compared.
 *
 * @throws RetrievalError `invalid-options` for fewer than two vectors, or vectors of different lengths
 *
 * @example
 * import { quantizeVectors, rangesOf } from '@secondpass/core/models';
 * const sample = [Float32Array.of(-1, 0), Float32Array.of(1, 0.5)];
 * const ranges = rangesOf(sample);
 * quantizeVectors([Float32Array.of(0, 0.25)], { precision: 'uint8', ranges }); // → [ Uint8Array(2) [ 127, 127 ] ]
 */
export function rangesOf(sample: readonly Float32Array[]): VectorRanges {
  if (sample.length < 2) {
    refuse(`The sample has ${sample.length} vectors.`, 'Take a few thousand vectors of the collection.');
  }
  const minimums = sample[0]!.slice();
  const maximums = sample[0]!.slice();
  for (const vector of sample) {
    checkLength(vector, minimums.length);
    for (const [index, value] of vector.entries()) {
      if (!Number.isFinite(value))
        refuse(`A vector of the sample has ${describeValue(value)}.`, 'Use finite numbers.');
      minimums[index] = Math.min(minimums[index]!, value);
      maximums[index] = Math.max(maximums[index]!, value);
    }
  }
  return { minimums, maximums };
}

/**
 * Stores vectors in a quarter or in a thirty-second of their size, with the bytes that sentence-transformers'
 * `quantize_embeddings` gives.
 *
 * @returns one array per vector, in input order: `Int8Array` for `int8` and `binary`, `Uint8Array` for the others
 * @throws RetrievalError `invalid-options` for ranges of another length
 *
 * @example
 * import { quantizeVectors } from '@secondpass/core/models';
 * const vectors = [Float32Array.of(0.3, -0.2, 0.1, -0.4, 0.5, 0.6, -0.1, 0.2)];
 * quantizeVectors(vectors, { precision: 'ubinary' }); // → [ Uint8Array(1) [ 173 ] ]
 */
export function quantizeVectors(
  vectors: readonly Float32Array[],
  settings: QuantizationSettings & { readonly precision: 'int8' | 'binary' },
): Int8Array[];
export function quantizeVectors(
  vectors: readonly Float32Array[],
  settings: QuantizationSettings & { readonly precision: 'uint8' | 'ubinary' },
): Uint8Array[];
export function quantizeVectors(
  vectors: readonly Float32Array[],
  settings: QuantizationSettings,
): Int8Array[] | Uint8Array[] {
  checkOptions(settingsSchema, settings, { origin });
  const { precision } = settings;
  switch (precision) {
    case 'int8':
    case 'uint8': {
      const { ranges } = settings;
      const bytes = vectors.map((vector) => toSteps(vector, ranges));
      return precision === 'uint8' ? bytes : bytes.map(toSigned);
    }
    case 'binary':
    case 'ubinary': {
      const bytes = vectors.map(toBits);
      return precision === 'ubinary' ? bytes : bytes.map(toSigned);
    }
  }
}

function toSigned(bytes: Uint8Array): Int8Array {
  return Int8Array.from(bytes, (byte) => byte - 128);
}

function toSteps(vector: Float32Array, { minimums, maximums }: VectorRanges): Uint8Array {
  checkLength(vector, minimums.length);
  checkLength(vector, maximums.length);
  // In float32 throughout, like the reference: otherwise a value at the edge of a step could round to the other side.
  return Uint8Array.from(vector, (value, index) => {
    const start = minimums[index]!;
    const step = Math.fround(Math.fround(maximums[index]! - start) / 255) || 1;
    const steps = Math.floor(Math.fround(Math.fround(value - start) / step));
    return Math.min(255, Math.max(0, steps));
  });
}

function toBits(vector: Float32Array): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(vector.length / 8));
  for (const [index, value] of vector.entries()) {
    if (value > 0) bytes[index >> 3]! |= 0x80 >> (index & 7);
  }
  return bytes;
}

function checkLength({ length }: Float32Array, expected: number): void {
  if (length === expected) return;
  refuse(`A vector has ${length} dimensions, and ${expected} were expected.`, 'Use vectors of one model.');
}

function refuse(problem: string, nextStep: string): never {
  throw new RetrievalError({ code: 'invalid-options', origin, problem, nextStep });
}
