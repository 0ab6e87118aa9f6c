import { z } from 'zod';
import {
  abortSignal,
  callback,
  checkOptions,
  flag,
  having,
  integer,
  oneOf,
  text,
} from '../../foundation/check-options.ts';
import type { Precision } from '../model-directory/model-directory.ts';
import { type ModelRuntime, type RuntimeName, runtimeNames } from './model-runtime.ts';
import type { OnWarning } from './model-warning.ts';
import { type CheckedEncoderOptions, type ExecutionProvider, executionProviders } from './session-options.ts';

/** How a local model runs; the same for cross-encoders and bi-encoders. */
export interface EncoderOptions {
  /** Name in answers and errors. @default the manifest's name, otherwise the folder's */
  readonly name?: string;
  /**
   * The precision of the computation. int8 needs a calibration (`calibrateCrossEncoder`, `calibrateBiEncoder`) or an
   * `onnx/model_quantized.onnx`.
   * @default what `secondpass.json` states, otherwise fp32 if the model has it
   */
  readonly precision?: Precision;
  /**
   * ONNX Runtime's execution provider. Every provider but the CPU needs its libraries on the machine, runs graphs
   * without `optimize`, and works best with `precision: 'fp32'`.
   * @default 'cpu'
   */
  readonly executionProvider?: ExecutionProvider;
  /**
   * Most worker threads, each with its own copy of the weights; the models of one process share its cores, a batch at
   * a time.
   * @default one for an accelerator; otherwise one per core of the cgroup's quota, as long as the copies fit into
   * half of the memory
   */
  readonly workers?: number;
  /**
   * Padded tokens that go through the model at once. More is not faster on a CPU, takes memory, and makes short requests
   * wait longer behind long ones.
   * @default what `tuneBatchTokens` found for this model and machine; otherwise 256, and 16,384 for an accelerator
   */
  readonly maxBatchTokens?: number;
  /**
   * Whether the graph is rewritten to run faster, when it is first loaded; the result is kept in the user's cache.
   * @default true
   */
  readonly optimize?: boolean;
  /** Batches that may wait before a request is refused with `overloaded`. @default 8192 */
  readonly maxQueuedBatches?: number;
  /**
   * What computes the model: `onnx` (`@secondpass/runtime-onnx`, native), `wasm` (`@secondpass/runtime-wasm`, slower, for
   * platforms without the native one), or one of your own. @default `onnx` where it is installed and runs, else `wasm`
   */
  readonly runtime?: RuntimeName | ModelRuntime;
  /**
   * Called for a problem that makes the model slower or less reliable and does not stop it, such as int8 that cannot
   * be made because the cache is read-only, or a lost thread. It must not throw.
   * @default problems are not reported
   */
  readonly onWarning?: OnWarning;
  /** Aborts the loading; it has no effect on a loaded model. */
  readonly signal?: AbortSignal;
}

const runtimeSchema = z.union(
  [oneOf(runtimeNames), having<ModelRuntime>('a runtime', 'openTokenizer', 'openSession')],
  { error: `one of ${runtimeNames.join(', ')}, or a runtime such as onnxRuntime` },
);

/** Schemas of the options that every local model has, for the options that include them. */
export const encoderOptionShape = {
  name: text.optional(),
  precision: oneOf(['fp32', 'int8']).optional(),
  executionProvider: oneOf(executionProviders).optional(),
  workers: integer(1, 256).optional(),
  maxBatchTokens: integer(1, 1_000_000).optional(),
  optimize: flag.optional(),
  maxQueuedBatches: integer(1, 1_000_000).optional(),
  runtime: runtimeSchema.optional(),
  onWarning: callback<OnWarning>('a warning').optional(),
  signal: abortSignal.optional(),
};

/**
 * Checks the options of a local model, and fills in what all local models share.
 *
 * @param own schemas of the options that only this kind of model has
 * @throws RetrievalError `invalid-options`, whose `path` leads to the option
 *
 * @example
 * import { checkEncoderOptions } from '@secondpass/core/runtime';
 * const { executionProvider, optimize } = checkEncoderOptions({ workers: 2 }, 'my-model');
 * [executionProvider, optimize]; // → [ 'cpu', true ]
 */
export function checkEncoderOptions(
  options: EncoderOptions,
  origin: string,
  own: Readonly<Record<string, z.ZodType>> = {},
): CheckedEncoderOptions {
  checkOptions(z.strictObject({ ...encoderOptionShape, ...own }), options, { origin });
  const { precision, workers, maxBatchTokens, onWarning } = options;
  const { executionProvider = 'cpu', maxQueuedBatches = 8192 } = options;
  const { optimize = executionProvider === 'cpu' } = options;
  return { precision, workers, maxBatchTokens, maxQueuedBatches, executionProvider, optimize, onWarning };
}
