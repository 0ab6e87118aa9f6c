/**
 * Reads a vector from an answer: a list of numbers, or little-endian float32 in base64.
 *
 * @throws Error that says what is wrong with it
 */
export function readVector(value: unknown): Float32Array {
  const vector = typeof value === 'string' ? fromBase64(value) : fromNumbers(value);
  if (vector.length === 0) throw new Error('a vector is empty');
  for (const number of vector) if (!Number.isFinite(number)) throw new Error(`a vector holds ${number}`);
  return vector;
}

function fromNumbers(value: unknown): Float32Array {
  if (!Array.isArray(value)) throw new Error('a vector is neither a list of numbers nor base64');
  return Float32Array.from(value, (number: unknown) => {
    if (typeof number !== 'number') throw new Error(`a vector holds ${JSON.stringify(number)?.slice(0, 20)}`);
    return number;
  });
}

function fromBase64(value: string): Float32Array {
  const bytes = Buffer.from(value, 'base64');
  // Buffer skips invalid characters. Encoding the bytes again shows whether it skipped any.
  const read = bytes.toString('base64').replace(/=+$/, '') === value.replace(/=+$/, '');
  if (!read || bytes.length % 4 !== 0) throw new Error('a vector is not float32 in base64');
  return Float32Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4));
}
