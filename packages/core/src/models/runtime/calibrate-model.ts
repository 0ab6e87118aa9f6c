import { RetrievalError } from '../../foundation/retrieval-error.ts';
import type { ModelDirectory } from '../model-directory/model-directory.ts';
import type { ModelRuntime } from './model-runtime.ts';
import type { TokenSequence } from './token-sequence.ts';

/** The smallest and the largest number of texts of a calibration. */
export const [fewestTexts, mostTexts] = [16, 5000];

/**
 * @throws RetrievalError `model-unsupported` for a runtime that cannot calibrate; the runtime's own error; or the
 * signal's reason
 */
export async function calibrateModel(
  runtime: ModelRuntime,
  model: ModelDirectory,
  sequences: readonly TokenSequence[],
  options: { readonly out?: string | undefined; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  if (!runtime.calibrate) {
    throw new RetrievalError({
      code: 'model-unsupported',
      origin: model.name,
      problem: `The runtime ${runtime.name} cannot calibrate a model for int8.`,
      nextStep: 'Calibrate it with @secondpass/runtime-onnx.',
    });
  }
  await runtime.calibrate(model, sequences, options);
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
