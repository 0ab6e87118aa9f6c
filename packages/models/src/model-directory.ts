import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The models that ship in this package: `bi-encoder` for stage 1; `small`, the cross-encoder, and `nano`, a faster one. */
export const modelNames = ['bi-encoder', 'small', 'nano'] as const;

/** The name of a bundled model. */
export type BundledModel = (typeof modelNames)[number];

/**
 * Absolute path of a bundled model's directory, in Hugging Face's layout.
 *
 * @throws RangeError for a name that is none of `modelNames`
 * @throws Error where a bundler took this code away from its files
 *
 * @example
 * import { loadCrossEncoder } from '@secondpass/core';
 * import { modelDirectory } from '@secondpass/models';
 * await using reranker = await loadCrossEncoder(modelDirectory('small'));
 * reranker.name; // → 'small'
 */
export function modelDirectory(name: BundledModel): string {
  if (!modelNames.includes(name)) {
    throw new RangeError(
      `No bundled model is called ${JSON.stringify(name)}: there are ${modelNames.join(', ')}.`,
    );
  }
  const directory = fileURLToPath(new URL(`../models/${name}`, import.meta.url));
  if (existsSync(directory)) return directory;
  throw new Error(
    `The files of @secondpass/models are not at ${directory}. A bundler took the code without them: keep @secondpass/models out of the bundle (external, or serverExternalPackages for Next.js).`,
  );
}
