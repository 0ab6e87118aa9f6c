import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ModelDirectory, rangesFile } from '../../model-directory/model-directory.ts';
import { RetrievalError } from '../../retrieval-error.ts';
import type { TokenSequence } from '../../tokenizer/token-sequence.ts';
import { measureRangesInThread } from './measure-thread.ts';

/** Texts that a calibration reads at least, and at most. */
export const [fewestTexts, mostTexts] = [16, 5000];

/**
 * Measures a model on what it would read, and writes `onnx/activation_ranges.json` beside its graph, in one step.
 *
 * @throws RetrievalError `invalid-options` for too few or too many texts, `model-unsupported` for a graph that has no linear
 * layers to turn, `model-cache-failed` where the directory cannot be written; or the signal's reason
 */
export async function writeActivationRanges(
  { path, name, graph }: ModelDirectory,
  sequences: readonly TokenSequence[],
  signal?: AbortSignal,
): Promise<void> {
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
  const target = join(path, rangesFile);
  const temporary = `${target}.${process.pid}.${randomUUID()}`;
  try {
    await writeFile(temporary, `${JSON.stringify(ranges)}\n`);
    await rename(temporary, target);
  } catch (error) {
    throw new RetrievalError({
      code: 'model-cache-failed',
      origin: name,
      problem: `${target} cannot be written.`,
      nextStep: 'Copy the model to a folder that you may write to, and calibrate it there.',
      cause: error,
    });
  } finally {
    await rm(temporary, { force: true });
  }
}

/** @throws RetrievalError `invalid-options` */
export function checkTextCount(count: number, origin: string): void {
  if (count >= fewestTexts && count <= mostTexts) return;
  throw new RetrievalError({
    code: 'invalid-options',
    origin,
    problem: `${count} texts are given to calibrate with.`,
    nextStep: `Give from ${fewestTexts} to ${mostTexts}; a few hundred that look like your own are enough.`,
  });
}
