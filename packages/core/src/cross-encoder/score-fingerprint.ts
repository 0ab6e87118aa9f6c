import { createHash } from 'node:crypto';
import { access } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { type ModelDirectory, sha256Of } from '../model-directory/model-directory.ts';
import type { CrossEncoderHead } from './head.ts';

/**
 * A digest of all that a pair's score depends on: the graph with its weights (and with it the precision), the tokenizer,
 * the head, and the settings given.
 */
export async function scoreFingerprint(
  { path, graph, manifest, activationRanges }: ModelDirectory,
  head: CrossEncoderHead,
  settings: object,
): Promise<string> {
  const files = [graph, join(path, 'tokenizer.json'), join(path, 'config.json')];
  if (activationRanges) files.push(activationRanges);
  // Weights above 2 GB lie beside their graph, under one of these names.
  for (const weights of [`${graph}_data`, `${graph}.data`]) if (await isThere(weights)) files.push(weights);
  // Opening the directory has compared a pinned digest with the file already.
  const digests = await Promise.all(
    files.map((file) => manifest.files?.[relative(path, file)]?.sha256 ?? sha256Of(file)),
  );
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
