import { createHash } from 'node:crypto';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { fileDigest } from '../model-directory/file-digest.ts';
import type { ModelDirectory } from '../model-directory/model-directory.ts';
import type { CrossEncoderHead } from './head.ts';

/**
 * A digest of all that a pair's score depends on: the graph with its weights (and with it the precision), the tokenizer,
 * the head, and the settings given.
 *
 * @example
 * import { scoreFingerprint } from '@secondpass/core/extend';
 * import { openModelDirectory } from '@secondpass/core/runtime';
 * import { modelDirectory } from '@secondpass/models';
 * const model = await openModelDirectory(modelDirectory('small'));
 * const head = { scale: 'logit', relevantLabel: 1 } as const;
 * (await scoreFingerprint(model, head, { maxTokens: 512 })).length; // → 64
 */
export async function scoreFingerprint(
  model: ModelDirectory,
  head: CrossEncoderHead,
  settings: object,
): Promise<string> {
  const { path, graph, manifest, activationRanges } = model;
  const files = [graph, join(path, 'tokenizer.json'), join(path, 'config.json')];
  if (activationRanges) files.push(activationRanges);
  // Weights above 2 GB are stored next to their graph, under one of these names.
  for (const weights of [`${graph}_data`, `${graph}.data`]) if (await isThere(weights)) files.push(weights);
  const digests = await Promise.all(files.map((file) => fileDigest(model, file)));
  return createHash('sha256')
    .update(JSON.stringify([digests, manifest, head, settings], digestOfNumbers))
    .digest('hex');
}

function digestOfNumbers(_: string, value: unknown): unknown {
  if (!ArrayBuffer.isView(value)) return value;
  return createHash('sha256')
    .update(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))
    .digest('hex');
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
