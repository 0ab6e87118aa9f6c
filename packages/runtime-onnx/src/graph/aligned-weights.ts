import { type FileHandle, open, readFile, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { decodeModel, encodeModel } from './onnx/onnx-codec.ts';
import type { StringStringEntryProto } from './onnx/onnx-proto.ts';

/**
 * Bytes to which weights are aligned in the file, and so in memory: a cache line. ONNX Runtime 1.30 writes prepacked
 * weights where the ones before end, and its int8 kernels end the process on an address that is not aligned.
 */
const alignment = 64;
const chunkBytes = 1 << 20;

/** A graph, and its weights in another file, by absolute paths. */
export interface GraphWithWeights {
  readonly graph: string;
  readonly weights: string;
}

/**
 * Copies a graph whose weights ONNX Runtime wrote into another file, so that every weight begins at a cache line.
 *
 * @param location what the copy calls its weights' file, from its own folder; it has this name when it is loaded
 */
export async function alignWeights(
  from: GraphWithWeights,
  to: GraphWithWeights,
  location = basename(to.weights),
): Promise<void> {
  const model = decodeModel(await readFile(from.graph));
  await using source = await open(from.weights, 'r');
  await using target = await open(to.weights, 'wx');
  const copy = blockCopier(source, target);
  for (const tensor of model.graph?.initializer ?? []) {
    if (tensor.externalData.length === 0) continue;
    tensor.externalData = await movedEntries(tensor.externalData, location, copy);
  }
  await writeFile(to.graph, encodeModel(model));
}

/** Copies bytes to the end of the target. @returns where they begin there */
type CopyBlock = (offset: number, length: number) => Promise<number>;

async function movedEntries(
  entries: readonly StringStringEntryProto[],
  location: string,
  copy: CopyBlock,
): Promise<StringStringEntryProto[]> {
  const value = (key: string) => entries.find((entry) => entry.key === key)?.value ?? '0';
  const length = value('length');
  const moved: StringStringEntryProto[] = [
    { key: 'location', value: location },
    { key: 'offset', value: `${await copy(Number(value('offset')), Number(length))}` },
    { key: 'length', value: length },
  ];
  for (const { key, value: packed } of entries) {
    if (!key?.startsWith('prepacked') || packed === undefined) continue;
    // Which operator packed it, then offset;length;checksum of each of its blocks.
    const [operator, ...blocks] = packed.split('|');
    const places: string[] = [];
    for (const block of blocks) {
      const [offset, bytes, checksum] = block.split(';');
      places.push([await copy(Number(offset), Number(bytes)), bytes, checksum].join(';'));
    }
    moved.push({ key, value: [operator, ...places].join('|') });
  }
  return moved;
}

function blockCopier(source: FileHandle, target: FileHandle): CopyBlock {
  const buffer = Buffer.allocUnsafeSlow(chunkBytes);
  let end = 0;
  return async (offset, length) => {
    const begin = Math.ceil(end / alignment) * alignment;
    for (let done = 0; done < length; ) {
      const wanted = Math.min(chunkBytes, length - done);
      const { bytesRead } = await source.read(buffer, 0, wanted, offset + done);
      if (bytesRead === 0) throw new Error('the weights that ONNX Runtime wrote are incomplete');
      // A gap before it is filled with zeros by the file system.
      await target.write(buffer, 0, bytesRead, begin + done);
      done += bytesRead;
    }
    end = begin + length;
    return begin;
  };
}
