import { createHash } from 'node:crypto';
import { join, relative } from 'node:path';
import { type ModelDirectory, type Precision, sha256Of } from '../model-directory/model-directory.ts';
import type { VectorModules } from './vector-modules.ts';

/**
 * A digest of all that a passage's vector depends on: the files, the modules with their weights, and the settings given.
 * What concerns only queries is left out, because no stored vector changes with it.
 */
export async function fingerprintOf(
  { path, graph, manifest, activationRanges }: ModelDirectory,
  { modes, includePrompt, steps, weightFiles }: VectorModules,
  settings: {
    readonly dimensions: number;
    readonly maxTokens: number;
    readonly passage: string;
    readonly precision: Precision;
  },
): Promise<string> {
  // Opening the directory has compared a pinned digest of these two with the file already.
  const pinned = [graph, join(path, 'tokenizer.json')].map(
    (file) => manifest.files?.[relative(path, file)]?.sha256 ?? sha256Of(file),
  );
  const others = [
    ...weightFiles.map((file) => join(path, file)),
    ...(activationRanges ? [activationRanges] : []),
  ];
  const weights = others.map((file) => sha256Of(file));
  const digests = await Promise.all([...pinned, ...weights]);
  const described = steps.map((step) =>
    step === 'normalise' ? step : [step.activation, step.inputs, step.outputs, step.residual !== undefined],
  );
  return createHash('sha256')
    .update(JSON.stringify([digests, modes, includePrompt, described, settings]))
    .digest('hex');
}
