import { z } from 'zod';
import { abortSignal, checkOptions, text } from '../../foundation/check-options.ts';
import { checkPassages } from '../../foundation/check-text.ts';
import { RetrievalError } from '../../foundation/retrieval-error.ts';
import { openModelDirectory } from '../model-directory/model-directory.ts';
import { readMaxTokens, readModelConfig } from '../model-directory/model-limits.ts';
import { calibrateModel, checkTextCount } from '../runtime/calibrate-model.ts';
import { loadRuntime } from '../runtime/load-runtime.ts';
import { openTokenizerFor } from '../runtime/opened-tokenizer.ts';
import { concatenate } from '../runtime/token-sequence.ts';

/** Texts that {@link calibrateBiEncoder} measures on. */
export interface CalibrateBiEncoderRequest {
  /** Queries and passages as the model will meet them, with their prompts: from 16 to 5,000. They are not stored. */
  readonly texts: readonly string[];
  /** A folder to write a calibrated copy of the model to: new, or empty. @default the directory itself is calibrated */
  readonly out?: string;
  /** Aborts the calibration between two texts. */
  readonly signal?: AbortSignal;
}

const requestSchema = z.strictObject({
  texts: z.array(z.unknown()),
  out: text.optional(),
  signal: abortSignal.optional(),
});

/**
 * Prepares a bi-encoder for `precision: 'int8'`: runs its fp32 graph over the texts, and writes the ranges of its
 * activations to `onnx/activation_ranges.json` in its directory.
 *
 * @param directory path of the model's files
 * @throws RetrievalError `model-not-found`, `model-damaged`, `model-unsupported`, `invalid-options` or `model-cache-failed`; or
 * the signal's reason
 *
 * @example
 * import { calibrateBiEncoder } from '@secondpass/core/models';
 * import { modelDirectory } from '@secondpass/models';
 * const texts = Array.from({ length: 16 }, (_, index) => `Note ${index}: yeast makes dough rise.`);
 * await calibrateBiEncoder(modelDirectory('bi-encoder'), { texts, out: 'calibrated-bi-encoder' });
 */
export async function calibrateBiEncoder(
  directory: string,
  request: CalibrateBiEncoderRequest,
): Promise<void> {
  checkOptions(requestSchema, request, { origin: 'calibrate' });
  const { texts, out, signal } = request;
  const model = await openModelDirectory(directory, 'fp32');
  if (model.manifest.kind === 'cross-encoder') {
    throw new RetrievalError({
      code: 'model-unsupported',
      origin: model.name,
      problem: 'secondpass.json says that it is a cross-encoder.',
      nextStep: 'Calibrate it with calibrateCrossEncoder, on pairs of a query and a passage.',
    });
  }
  checkTextCount(texts.length, model.name);
  checkPassages(texts, model.name);
  const maxTokens = await readMaxTokens(model, await readModelConfig(model));
  const runtime = await loadRuntime();
  await using opened = await openTokenizerFor(runtime, model.path, { signal });
  const { tokenizer } = opened;
  const { before, after } = await tokenizer.singleTemplate();
  const room = maxTokens - before.ids.length - after.ids.length;
  const sequences = (await tokenizer.encode(texts, signal)).map((ids) => {
    const kept = ids.subarray(0, room);
    return concatenate([before, { ids: kept, typeIds: new Int32Array(kept.length) }, after]);
  });
  await calibrateModel(runtime, model, sequences, { out, signal });
}
