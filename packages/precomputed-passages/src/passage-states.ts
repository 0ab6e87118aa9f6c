import type { TokenStates } from '@secondpass/core/runtime';
import type { StatePrecision } from './compress-states.ts';

/** The stored data of one passage: everything that the upper layers need, so that its text is not read again. */
export interface PassageStates {
  /** Token ids as the lower layers read them, special ones included. */
  readonly ids: Int32Array;
  /** Tokens that were left out because the passage was too long. */
  readonly tokensCut: number;
  /** One per token id. */
  readonly states: TokenStates;
}

const version = 1;
/** Version, precision, two unused; then width, tokens and cut tokens with four bytes each. */
const headerBytes = 16;
/** In the order of their numbers in the header. */
const precisions: readonly StatePrecision[] = ['float32', 'float16', 'int8'];
const bytesPerNumber = { float32: 4, float16: 2, int8: 1 } as const;

/** A passage's states as bytes: header, ids, scales, numbers; little-endian on every machine that Node runs on. */
export function passageStatesToBytes({ ids, tokensCut, states }: PassageStates): Uint8Array {
  const { values, width, scales } = states;
  const parts = [ids, ...(scales ? [scales] : []), values];
  const bytes = new Uint8Array(headerBytes + parts.reduce((sum, part) => sum + part.byteLength, 0));
  const header = new DataView(bytes.buffer);
  header.setUint8(0, version);
  header.setUint8(1, precisions.indexOf(precisionOf(states)));
  header.setUint32(4, width, true);
  header.setUint32(8, ids.length, true);
  header.setUint32(12, tokensCut, true);
  let at = headerBytes;
  for (const part of parts) {
    bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), at);
    at += part.byteLength;
  }
  return bytes;
}

/** @returns `undefined` for bytes that {@link passageStatesToBytes} did not write, or not in this version */
export function passageStatesFromBytes(bytes: Uint8Array): PassageStates | undefined {
  if (bytes.length < headerBytes || bytes[0] !== version) return undefined;
  // Numbers of four bytes must begin at a multiple of four.
  const { buffer, byteOffset } = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  const header = new DataView(buffer, byteOffset);
  const precision = precisions[header.getUint8(1)];
  const width = header.getUint32(4, true);
  const tokens = header.getUint32(8, true);
  if (!precision || width === 0 || tokens === 0) return undefined;
  const scaleBytes = precision === 'int8' ? 4 * tokens : 0;
  const scalesAt = byteOffset + headerBytes + 4 * tokens;
  const valuesAt = scalesAt + scaleBytes;
  const numbers = tokens * width;
  if (bytes.length !== valuesAt - byteOffset + numbers * bytesPerNumber[precision]) return undefined;
  return {
    ids: new Int32Array(buffer, byteOffset + headerBytes, tokens),
    tokensCut: header.getUint32(12, true),
    states: {
      width,
      values: numbersAt(buffer, valuesAt, numbers, precision),
      ...(precision === 'int8' && { scales: new Float32Array(buffer, scalesAt, tokens) }),
    },
  };
}

function numbersAt(buffer: ArrayBufferLike, at: number, length: number, precision: StatePrecision) {
  if (precision === 'float32') return new Float32Array(buffer, at, length);
  if (precision === 'float16') return new Uint16Array(buffer, at, length);
  return new Int8Array(buffer, at, length);
}

function precisionOf({ values }: TokenStates): StatePrecision {
  if (values instanceof Float32Array) return 'float32';
  return values instanceof Uint16Array ? 'float16' : 'int8';
}
