import type { Precision } from '../model-directory/model-directory.ts';
import { RetrievalError } from '../retrieval-error.ts';
import { defaultWorkers } from './cpu-quota.ts';
import { SharedCores } from './shared-cores.ts';

/** ONNX Runtime's providers, by the names that its Node.js package gives them. */
export const executionProviders = ['cpu', 'cuda', 'tensorrt', 'coreml', 'dml', 'openvino', 'webgpu'] as const;
export type ExecutionProvider = (typeof executionProviders)[number];

/** How a local model is run; the same for cross-encoders and bi-encoders. */
export interface EncoderOptions {
  /** Name in answers and errors. @default the manifest's name, else the folder's */
  readonly name?: string;
  /**
   * What to compute in. int8 needs a calibration (`calibrateCrossEncoder`, `calibrateBiEncoder`) or a
   * `onnx/model_quantized.onnx`. @default what `secondpass.json` says, else fp32 where it is there
   */
  readonly precision?: Precision;
  /**
   * What ONNX Runtime computes with. Others than the processor need their libraries on the machine, run graphs as they are
   * without `optimize`, and are best given `workers: 1` and `precision: 'fp32'`. @default 'cpu'
   */
  readonly executionProvider?: ExecutionProvider;
  /** Worker threads, each with one core and its own copy of the weights. @default the cgroup's quota, or the cores */
  readonly workers?: number;
  /**
   * Padded tokens that go through the model at once. More is not faster on a CPU, takes memory, and makes short requests
   * wait longer behind long ones. @default what {@link tuneBatchTokens} found for this model and machine, else 256
   */
  readonly maxBatchTokens?: number;
  /**
   * Whether the graph is rewritten to run faster, on the first load of it; what comes out is kept in the user's cache.
   * @default true
   */
  readonly optimize?: boolean;
  /** Batches that may wait before a request is refused with `overloaded`. @default 8192 */
  readonly maxQueuedBatches?: number;
  /** Cores that this model shares with others of the process. @default none: each worker counts on a core of its own */
  readonly cores?: SharedCores;
  /** Ends the loading; it has no effect on a model that is loaded. */
  readonly signal?: AbortSignal;
}

export type CheckedEncoderOptions = Required<Omit<EncoderOptions, 'name' | 'precision' | 'cores' | 'signal'>>;

/** @throws RetrievalError `invalid-options`, naming the option */
export function checkEncoderOptions(options: EncoderOptions, origin: string): CheckedEncoderOptions {
  const checked = {
    workers: options.workers ?? defaultWorkers(),
    maxBatchTokens: options.maxBatchTokens ?? 256,
    maxQueuedBatches: options.maxQueuedBatches ?? 8192,
    executionProvider: options.executionProvider ?? ('cpu' as const),
    optimize: options.optimize ?? (options.executionProvider ?? 'cpu') === 'cpu',
  };
  const limits = { workers: 256, maxBatchTokens: 1_000_000, maxQueuedBatches: 1_000_000 };
  for (const [name, most] of Object.entries(limits)) {
    const value = checked[name as keyof typeof limits];
    if (!Number.isInteger(value) || value < 1 || value > most) {
      refuse(origin, `${name} is ${value}.`, `Use an integer from 1 to ${most}.`);
    }
  }
  if (options.precision !== undefined && options.precision !== 'fp32' && options.precision !== 'int8') {
    refuse(origin, `precision is ${JSON.stringify(options.precision)}.`, "Use 'fp32' or 'int8'.");
  }
  if (!executionProviders.includes(checked.executionProvider)) {
    refuse(
      origin,
      `executionProvider is ${JSON.stringify(checked.executionProvider)}.`,
      `Use one of ${executionProviders.join(', ')}.`,
    );
  }
  if (typeof checked.optimize !== 'boolean') {
    refuse(origin, `optimize is ${JSON.stringify(checked.optimize)}.`, 'Use true or false.');
  }
  if (options.signal !== undefined && !(options.signal instanceof AbortSignal)) {
    refuse(origin, 'signal is not an AbortSignal.', 'Use the signal of an AbortController.');
  }
  if (options.cores !== undefined && !(options.cores instanceof SharedCores)) {
    refuse(origin, 'cores is not a SharedCores.', 'Use new SharedCores(), the same one for each model.');
  }
  return checked;
}

function refuse(origin: string, problem: string, nextStep: string): never {
  throw new RetrievalError({ code: 'invalid-options', origin, problem, nextStep });
}
