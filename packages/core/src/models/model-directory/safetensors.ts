import type { FileHandle } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { z } from 'zod';
import { RetrievalError } from '../../foundation/retrieval-error.ts';
import { damaged } from './model-directory.ts';
import { openModelFile } from './model-file.ts';

/** A tensor in float32, whatever its file stores. */
export interface Tensor {
  readonly shape: readonly number[];
  /** Row-major. */
  readonly data: Float32Array;
}

const entrySchema = z.object({
  dtype: z.string(),
  shape: z.array(z.int().min(0)),
  data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
});
type Entry = z.infer<typeof entrySchema>;

/** Longest header that the format allows, in bytes. */
const longestHeader = 100_000_000;
/** Most numbers of one tensor: far above any scoring head, far below what fills the memory. */
const mostNumbers = 1 << 26;

/**
 * Reads some tensors of a safetensors file (F32, F16, BF16) without reading the others: eight bytes with the length of a
 * JSON header, the header, then the numbers.
 *
 * @param choose from the names in the file, those to read
 * @param path absolute
 * @throws RetrievalError `model-damaged` when the file is cut short, or is not what its header says
 *
 * @example
 * import { writeFile } from 'node:fs/promises';
 * import { readSafetensors } from '@secondpass/core/runtime';
 * const header = JSON.stringify({ bias: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } });
 * const length = Buffer.alloc(8);
 * length.writeBigUInt64LE(BigInt(header.length));
 * await writeFile('bias.safetensors', Buffer.concat([length, Buffer.from(header), Buffer.from(Float32Array.of(0.5).buffer)]));
 * const tensors = await readSafetensors('bias.safetensors', (names) => names.filter((name) => name === 'bias'));
 * tensors.get('bias'); // → { shape: [ 1 ], data: Float32Array(1) [ 0.5 ] }
 */
export async function readSafetensors(
  path: string,
  choose: (names: readonly string[]) => readonly string[],
): Promise<Map<string, Tensor>> {
  const origin = basename(dirname(path));
  const file = await openModelFile(path).catch((error) => {
    if (RetrievalError.is(error)) throw error;
    throw damaged(origin, `${basename(path)} cannot be read`, error);
  });
  try {
    const length = Number((await bytesOf(file, 0, 8)).readBigUInt64LE());
    if (length > longestHeader) throw new Error(`its header has ${length} bytes`);
    const header: Record<string, unknown> = JSON.parse((await bytesOf(file, 8, length)).toString('utf8'));
    const names = Object.keys(header).filter((name) => name !== '__metadata__');
    const tensors = new Map<string, Tensor>();
    for (const name of choose(names)) {
      tensors.set(name, await readTensor(file, 8 + length, name, entrySchema.parse(header[name])));
    }
    return tensors;
  } catch (error) {
    throw damaged(origin, `${basename(path)} is not a safetensors file that can be read`, error);
  } finally {
    await file.close();
  }
}

async function readTensor(file: FileHandle, start: number, name: string, entry: Entry): Promise<Tensor> {
  const { dtype, shape, data_offsets } = entry;
  const size = { F32: 4, F16: 2, BF16: 2 }[dtype];
  if (size === undefined) throw new Error(`${name} is ${dtype}, not F32, F16 or BF16`);
  const count = shape.reduce((product, side) => product * side, 1);
  const [from, to] = data_offsets;
  if (count > mostNumbers || to - from !== count * size) {
    throw new Error(`${name} of shape [${shape.join(', ')}] has ${to - from} bytes`);
  }
  const bytes = await bytesOf(file, start + from, count * size);
  const data = new Float32Array(count);
  for (let index = 0; index < count; index += 1) data[index] = numberAt(bytes, index * size, dtype);
  return { shape, data };
}

function numberAt(bytes: Buffer, at: number, dtype: string): number {
  if (dtype === 'F32') return bytes.readFloatLE(at);
  const half = bytes.readUInt16LE(at);
  const sign = half & 0x8000 ? -1 : 1;
  if (dtype === 'BF16') {
    // bfloat16 is the upper half of a float32.
    const whole = Buffer.alloc(4);
    whole.writeUInt16LE(half, 2);
    return whole.readFloatLE(0);
  }
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

async function bytesOf(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  if (bytesRead < length) throw new Error(`it ends after ${position + bytesRead} bytes`);
  return buffer;
}
