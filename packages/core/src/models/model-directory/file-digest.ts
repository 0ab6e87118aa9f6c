import { relative, sep } from 'node:path';
import type { ModelDirectory } from './model-directory.ts';
import { sha256Of } from './model-file.ts';

const known = new WeakMap<ModelDirectory, Map<string, Promise<string>>>();

/**
 * SHA-256 of a file of an opened model, hexadecimal. If the manifest pins the file, it is the pinned digest, which
 * opening the model has checked for the graph, the tokenizer and the ranges. Otherwise the file is read, once for all
 * callers.
 *
 * @param file absolute path, inside the model's directory
 *
 * @example
 * import { fileDigest, openModelDirectory } from '@secondpass/core/runtime';
 * import { modelDirectory } from '@secondpass/models';
 * const model = await openModelDirectory(modelDirectory('small'));
 * (await fileDigest(model, model.graph)).length; // → 64
 */
export function fileDigest(model: ModelDirectory, file: string): Promise<string> {
  const digests = known.get(model) ?? new Map<string, Promise<string>>();
  known.set(model, digests);
  const pinned = model.manifest.files?.[relative(model.path, file).split(sep).join('/')]?.sha256;
  const digest = digests.get(file) ?? (pinned === undefined ? sha256Of(file) : Promise.resolve(pinned));
  digests.set(file, digest);
  return digest;
}
