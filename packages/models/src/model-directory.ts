import { fileURLToPath } from 'node:url';

/** The models that ship in this package: `bi-encoder` for stage 1; `small`, the cross-encoder, and `nano`, a faster one. */
export const modelNames = ['bi-encoder', 'small', 'nano'] as const;

export type BundledModel = (typeof modelNames)[number];

/** Absolute path of a bundled model's directory, in Hugging Face's layout. */
export function modelDirectory(name: BundledModel): string {
  if (!modelNames.includes(name)) {
    throw new RangeError(
      `No bundled model is called ${JSON.stringify(name)}: there are ${modelNames.join(', ')}.`,
    );
  }
  return fileURLToPath(new URL(`../models/${name}`, import.meta.url));
}
