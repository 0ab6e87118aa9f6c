import { z } from 'zod';
import { abortSignal, checkOptions, text } from '../../foundation/check-options.ts';
import { checkPassages, checkQuery } from '../../foundation/check-text.ts';
import { openModelDirectory } from '../model-directory/model-directory.ts';
import { readMaxTokens, readModelConfig } from '../model-directory/model-limits.ts';
import { calibrateModel, checkTextCount } from '../runtime/calibrate-model.ts';
import { loadRuntime } from '../runtime/load-runtime.ts';
import { openTokenizerFor } from '../runtime/opened-tokenizer.ts';
import type { TokenSequence } from '../runtime/token-sequence.ts';
import { decoderLayout } from './decoder-layout.ts';
import { encoderLayout } from './encoder-layout.ts';
import { readHead } from './head.ts';
import { joinPair } from './pair-layout.ts';

/** Pairs that {@link calibrateCrossEncoder} measures on. */
export interface CalibrateCrossEncoderRequest {
  /** Pairs as the model will meet them, relevant ones and others: from 16 to 5,000. They are not stored. */
  readonly pairs: readonly { readonly query: string; readonly passage: string }[];
  /** A folder to write a calibrated copy of the model to: new, or empty. @default the directory itself is calibrated */
  readonly out?: string;
  /** Aborts the calibration between two pairs. */
  readonly signal?: AbortSignal;
}

const requestSchema = z.strictObject({
  pairs: z.array(z.looseObject({ query: z.unknown(), passage: z.unknown() })),
  out: text.optional(),
  signal: abortSignal.optional(),
});

/**
 * Prepares a cross-encoder for `precision: 'int8'`: runs its fp32 graph over the pairs, and writes the ranges of its
 * activations to `onnx/activation_ranges.json` in its directory. Long passages are read up to the model's limit.
 *
 * @param directory path of the model's files
 * @throws RetrievalError `model-not-found`, `model-damaged`, `model-unsupported`, `invalid-options` or `model-cache-failed`; or
 * the signal's reason
 *
 * @example
 * import { calibrateCrossEncoder } from '@secondpass/core/models';
 * import { modelDirectory } from '@secondpass/models';
 * const pairs = Array.from({ length: 16 }, (_, index) => ({ query: `note ${index}`, passage: 'Yeast makes dough rise.' }));
 * await calibrateCrossEncoder(modelDirectory('nano'), { pairs, out: 'calibrated-cross-encoder' });
 */
export async function calibrateCrossEncoder(
  directory: string,
  request: CalibrateCrossEncoderRequest,
): Promise<void> {
  checkOptions(requestSchema, request, { origin: 'calibrate' });
  const { pairs, out, signal } = request;
  const model = await openModelDirectory(directory, 'fp32');
  checkTextCount(pairs.length, model.name);
  for (const { query } of pairs) checkQuery(query, model.name);
  checkPassages(
    pairs.map(({ passage }) => passage),
    model.name,
  );
  const config = await readModelConfig(model);
  const runtime = await loadRuntime();
  await using opened = await openTokenizerFor(runtime, model.path, { signal });
  const { tokenizer } = opened;
  const head = await readHead(model, config, tokenizer);
  const maxTokens = await readMaxTokens(model, config);
  const parts = { origin: model.name, tokenizer, maxTokens, maxQueryShare: 0.5 };
  const layout = head.template
    ? await decoderLayout({ ...parts, template: head.template })
    : encoderLayout({ ...parts, template: await tokenizer.pairTemplate() });
  const sequences: TokenSequence[] = [];
  for (const { query, passage } of pairs) {
    const [pair] = (await layout.layOut(query, [passage], signal)).pairs;
    const room = Math.max(0, maxTokens - pair!.before.ids.length - pair!.after.ids.length);
    sequences.push(joinPair(pair!, pair!.passage, [[0, Math.min(room, pair!.passage.length)]]));
  }
  await calibrateModel(runtime, model, sequences, { out, signal });
}
