import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { sha256Of } from './model-file.ts';

/**
 * A digest of files and of how they are used.
 *
 * @param files inside the directory
 * @param settings JSON values that the model's answers depend on
 * @param directory path of the model's files
 *
 * @example
 * import { modelFingerprint } from '@secondpass/core/runtime';
 * import { modelDirectory } from '@secondpass/models';
 * const fingerprint = await modelFingerprint(modelDirectory('small'), ['config.json'], { pooling: 'mean' });
 * fingerprint.length; // → 64
 */
export async function modelFingerprint(
  directory: string,
  files: readonly string[],
  settings: object,
): Promise<string> {
  const digests = await Promise.all(files.map((file) => sha256Of(join(directory, file))));
  return createHash('sha256')
    .update(JSON.stringify([digests, settings]))
    .digest('hex');
}
