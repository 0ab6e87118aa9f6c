import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fileDigest } from '../model-directory/file-digest.ts';
import type { ModelDirectory, Precision } from '../model-directory/model-directory.ts';
import { sha256Of } from '../model-directory/model-file.ts';
import type { VectorModules } from './vector-modules.ts';

/**
 * A digest of all that a passage's vector depends on: the files, the modules with their weights, and the settings given.
 * What concerns only queries is left out, because no stored vector changes with it.
 */
export async function fingerprintOf(
  model: ModelDirectory,
  { modes, includePrompt, steps, weightFiles }: VectorModules,
  settings: {
    readonly dimensions: number;
    readonly maxTokens: number;
    readonly passage: string;
    readonly precision: Precision;
  },
): Promise<string> {
  const { path, graph, activationRanges } = model;
  const read = [graph, join(path, 'tokenizer.json')].map((file) => fileDigest(model, file));
  // Opening the model has not compared the modules' weights with the manifest.
  const weights = weightFiles.map((file) => sha256Of(join(path, file)));
  const ranges = activationRanges ? [fileDigest(model, activationRanges)] : [];
  const digests = await Promise.all([...read, ...weights, ...ranges]);
  const described = steps.map((step) =>
    step === 'unit-length' ? step : [step.activation, step.inputs, step.outputs, step.residual !== undefined],
  );
  return createHash('sha256')
    .update(JSON.stringify([digests, modes, includePrompt, described, settings]))
    .digest('hex');
}
