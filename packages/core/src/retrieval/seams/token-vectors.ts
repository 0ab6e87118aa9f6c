import { RetrievalError } from '../../foundation/retrieval-error.ts';

/** How token vectors are kept: as they were computed, or as whole numbers from −127 to 127 in a quarter of the space. */
export type TokenPrecision = 'float32' | 'int8';

/** The vectors of a text's tokens; one vector if a model gives a passage only one. */
export interface TokenVectors {
  /** Numbers per vector. */
  readonly dimensions: number;
  /** Row-major [tokens, dimensions]. The value of a number is the number times `scale`. */
  readonly values: Float32Array | Int8Array;
  /** 1 for float32. */
  readonly scale: number;
  /** Tokens of the text that were left out because it was too long. */
  readonly tokensCut: number;
}

/**
 * How many vectors there are: one per token.
 *
 * @example
 * import { tokenCount } from '@secondpass/core/extend';
 * tokenCount({ dimensions: 2, values: Float32Array.of(1, 0, 0, 1), scale: 1, tokensCut: 0 }); // → 2
 */
export function tokenCount({ values, dimensions }: TokenVectors): number {
  return values.length / dimensions;
}

/**
 * Rounds to whole numbers with one scale for the whole text. Vectors of length 1 lose about 0.002 per number, and a dot
 * product of two such vectors about as much.
 *
 * @example
 * import { quantizeTokens } from '@secondpass/core/extend';
 * const vectors = { dimensions: 2, values: Float32Array.of(1, -0.5), scale: 1, tokensCut: 0 };
 * quantizeTokens(vectors).values; // → Int8Array(2) [ 127, -63 ]
 */
export function quantizeTokens(vectors: TokenVectors): TokenVectors {
  if (vectors.values instanceof Int8Array) return vectors;
  let most = 0;
  for (const value of vectors.values) most = Math.max(most, Math.abs(value));
  const scale = most / 127 || 1;
  return { ...vectors, values: Int8Array.from(vectors.values, (value) => Math.round(value / scale)), scale };
}

/** Bytes before the numbers: version, kind, two unused, then dimensions, scale and cut tokens with four bytes each. */
const headerBytes = 16;
const version = 1;

/**
 * Token vectors as bytes, for a binary column; little-endian on every machine that Node runs on.
 *
 * @example
 * import { tokenVectorsToBytes } from '@secondpass/core/extend';
 * tokenVectorsToBytes({ dimensions: 2, values: Int8Array.of(127, 0), scale: 0.01, tokensCut: 0 }).length; // → 18
 */
export function tokenVectorsToBytes({ dimensions, values, scale, tokensCut }: TokenVectors): Uint8Array {
  const bytes = new Uint8Array(headerBytes + values.byteLength);
  const header = new DataView(bytes.buffer);
  header.setUint8(0, version);
  header.setUint8(1, values instanceof Int8Array ? 1 : 0);
  header.setUint32(4, dimensions, true);
  header.setFloat32(8, scale, true);
  header.setUint32(12, tokensCut, true);
  bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), headerBytes);
  return bytes;
}

/**
 * The token vectors that {@link tokenVectorsToBytes} wrote.
 *
 * @param origin who read the bytes, for the error
 * @throws RetrievalError `source-failed` when the bytes are something else
 *
 * @example
 * import { tokenVectorsFromBytes, tokenVectorsToBytes } from '@secondpass/core/extend';
 * const bytes = tokenVectorsToBytes({ dimensions: 2, values: Float32Array.of(1, 0), scale: 1, tokensCut: 0 });
 * tokenVectorsFromBytes(bytes, 'my-store').values; // → Float32Array(2) [ 1, 0 ]
 */
export function tokenVectorsFromBytes(bytes: Uint8Array, origin: string): TokenVectors {
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kind = bytes.length >= headerBytes && header.getUint8(0) === version ? header.getUint8(1) : -1;
  const dimensions = kind === -1 ? 0 : header.getUint32(4, true);
  const size = dimensions * (kind === 0 ? 4 : 1);
  const rest = bytes.length - headerBytes;
  if (kind < 0 || kind > 1 || size === 0 || rest === 0 || rest % size !== 0) {
    throw new RetrievalError({
      code: 'source-failed',
      origin,
      problem: `${bytes.length} stored bytes are not token vectors.`,
      nextStep: 'Store the token vectors again, and let nothing else write to that place.',
    });
  }
  // A copy, because float32 numbers must begin at a multiple of four.
  const { buffer } = bytes.slice(headerBytes);
  return {
    dimensions,
    values: kind === 1 ? new Int8Array(buffer) : new Float32Array(buffer),
    scale: kind === 1 ? header.getFloat32(8, true) : 1,
    tokensCut: header.getUint32(12, true),
  };
}
