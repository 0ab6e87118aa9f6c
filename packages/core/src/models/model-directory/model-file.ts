import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative } from 'node:path';
import { RetrievalError } from '../../foundation/retrieval-error.ts';

/**
 * Largest file of a model that is read, in bytes. No model needs more; an attacker could make a sparse file of any
 * size.
 */
const largestFile = 2 ** 36;
/** Largest file that is read at once, in bytes; vocabularies take up to 40 MB. */
const largestText = 2 ** 28;

/**
 * Whether a path that a model's file names stays inside the model's directory.
 *
 * @example
 * isInsideModel('1_Pooling/config.json'); // true
 * isInsideModel('../../../dev/zero'); // false
 */
export function isInsideModel(file: string): boolean {
  if (file.includes('\0') || /^[\\/]*$/.test(file)) return false;
  const inside = relative('/model', join('/model', file));
  return (
    inside !== '' && inside.split(/[\\/]/)[0] !== '..' && !isAbsolute(inside) && !/^[A-Za-z]:/.test(file)
  );
}

/**
 * Opens a file of a model for reading. Links are followed, as Hugging Face's cache is made of them; what they lead to has to be
 * a regular file: a pipe would be waited for, and a device never ends.
 *
 * @param path absolute
 * @param largest bytes that the file may have. @default 64 GiB
 * @throws RetrievalError `model-damaged` for anything else; the system's error where there is none
 *
 * @example
 * import { join } from 'node:path';
 * import { openModelFile } from '@secondpass/core/runtime';
 * import { modelDirectory } from '@secondpass/models';
 * await using file = await openModelFile(join(modelDirectory('small'), 'config.json'));
 * (await file.stat()).isFile(); // → true
 */
export async function openModelFile(path: string, largest = largestFile): Promise<FileHandle> {
  // With this flag a pipe opens at once; otherwise the call would wait for a writer.
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const entry = await file.stat();
    if (entry.isDirectory()) throw Object.assign(new Error('a directory'), { code: 'EISDIR' });
    if (!entry.isFile()) throw irregular(path, 'is not a regular file');
    if (entry.size > largest)
      throw irregular(
        path,
        `has ${entry.size.toLocaleString('en')} bytes, and ${largest.toLocaleString('en')} are the most`,
      );
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/**
 * The text of a file of a model.
 *
 * @param largest bytes that the file may have. @default 256 MiB
 * @throws as {@link openModelFile}
 *
 * @example
 * import { join } from 'node:path';
 * import { readModelText } from '@secondpass/core/runtime';
 * import { modelDirectory } from '@secondpass/models';
 * const config = JSON.parse(await readModelText(join(modelDirectory('small'), 'config.json')));
 * config.model_type; // → 'bert'
 */
export async function readModelText(path: string, largest = largestText): Promise<string> {
  await using file = await openModelFile(path, largest);
  return file.readFile('utf8');
}

/**
 * SHA-256 of a file of a model, hexadecimal.
 *
 * @throws as {@link openModelFile}
 *
 * @example
 * import { join } from 'node:path';
 * import { sha256Of } from '@secondpass/core/runtime';
 * import { modelDirectory } from '@secondpass/models';
 * (await sha256Of(join(modelDirectory('small'), 'config.json'))).length; // → 64
 */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await using file = await openModelFile(path);
  // One buffer for the whole file: a stream would leave one behind for each chunk, 60 MB for a model of 90 MB.
  const buffer = Buffer.allocUnsafeSlow(1 << 20);
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
    if (bytesRead === 0) return hash.digest('hex');
    hash.update(buffer.subarray(0, bytesRead));
  }
}

function irregular(path: string, problem: string): RetrievalError {
  return new RetrievalError({
    code: 'model-damaged',
    origin: basename(dirname(path)),
    problem: `${basename(path)} ${problem}.`,
    nextStep: 'Do not use this directory: a model has no such file. Fetch the model again.',
  });
}
