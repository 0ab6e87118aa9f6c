import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { RetrievalError } from '@secondpass/core';
import { type ModelDirectory, rangesFile, type TokenSequence } from '@secondpass/core/runtime';
import { copyModel, prepareOut } from '../copy-model.ts';
import { measureRangesInThread } from './measure-thread.ts';

export interface WriteRangesOptions {
  /** A folder to write a calibrated copy of the model to: new, or empty. @default the model's own directory */
  readonly out?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Measures a model on typical inputs, and writes `onnx/activation_ranges.json` next to its graph, atomically.
 *
 * @throws RetrievalError `invalid-options` for `out`, or if the manifest pins the ranges, `model-unsupported` for a
 * graph without linear layers to convert, `model-cache-failed` if the directory cannot be written; or the signal's
 * reason
 */
export async function writeActivationRanges(
  model: ModelDirectory,
  sequences: readonly TokenSequence[],
  { out, signal }: WriteRangesOptions,
): Promise<void> {
  const { path, name, graph } = model;
  if (out === undefined) refusePinned(model);
  const folder = out === undefined ? path : await prepareOut(out, model);
  const ranges = await measureRangesInThread({ source: graph, sequences }, signal).catch((error: Error) => {
    if (signal?.aborted) throw signal.reason;
    throw new RetrievalError({
      code: 'model-unsupported',
      origin: name,
      problem: `The ranges of the graph cannot be measured: ${error.message}.`,
      nextStep: 'Use fp32 for this model.',
      cause: error,
    });
  });
  const file = relative(path, graph).split(sep).join('/');
  const target = join(folder, rangesFile);
  const temporary = `${target}.${process.pid}.${randomUUID()}`;
  try {
    if (out !== undefined) await copyModel(model, folder, { source: graph, file });
    await writeFile(temporary, `${JSON.stringify(ranges)}\n`);
    await rename(temporary, target);
  } catch (error) {
    throw new RetrievalError({
      code: 'model-cache-failed',
      origin: name,
      problem: `${target} cannot be written.`,
      nextStep: 'Name a folder that you may write to as out: a calibrated copy of the model is made there.',
      cause: error,
    });
  } finally {
    await rm(temporary, { force: true });
  }
}

function refusePinned({ name, manifest }: ModelDirectory): void {
  if (!manifest.files?.[rangesFile]) return;
  throw new RetrievalError({
    code: 'invalid-options',
    origin: name,
    problem: `secondpass.json pins the existing ${rangesFile}.`,
    nextStep: 'Name a folder as out: a calibrated copy of the model is made there.',
  });
}
