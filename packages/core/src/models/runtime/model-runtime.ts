import type { ModelDirectory } from '../model-directory/model-directory.ts';
import type { ModelSession, SessionRequest } from './model-session.ts';
import type { TokenSequence } from './token-sequence.ts';
import type { Tokenizer } from './tokenizer.ts';

/**
 * What computes a model: text → token ids → numbers. It knows neither queries nor passages. `@secondpass/runtime-onnx` is
 * the implementation that local models use by default, and `@secondpass/runtime-wasm` the one for platforms that it does not
 * run on; name one of them, or pass your own, as the option `runtime`.
 */
export interface ModelRuntime {
  readonly name: string;
  /**
   * @param directory of the model, with `tokenizer.json`
   * @throws RetrievalError `model-damaged` when `tokenizer.json` cannot be used
   */
  openTokenizer(
    directory: string,
    options?: {
      /** Memory for the ids of whole texts that are read repeatedly, in bytes. @default 0 */
      readonly cacheBytes?: number;
      readonly signal?: AbortSignal | undefined;
    },
  ): Promise<Tokenizer>;
  /** @throws RetrievalError `model-damaged` or `model-unsupported` when the graph cannot be loaded; or the signal's reason */
  openSession(request: SessionRequest): Promise<ModelSession>;
  /**
   * Runs a model's fp32 graph over the sequences and writes what `precision: 'int8'` needs. A runtime without this
   * method cannot calibrate.
   */
  calibrate?(
    model: ModelDirectory,
    sequences: readonly TokenSequence[],
    options: { readonly out?: string | undefined; readonly signal?: AbortSignal | undefined },
  ): Promise<void>;
  /**
   * Why it cannot run on this machine, where that is known before a model is opened: then another runtime is tried.
   *
   * @returns `undefined` where it runs
   */
  unsupported?(): Error | undefined;
}

/** The runtimes that core finds by itself where they are installed, in the order that it looks for them. */
export const runtimeNames = ['onnx', 'wasm'] as const;
/** `onnx` is `@secondpass/runtime-onnx`, `wasm` is `@secondpass/runtime-wasm`. */
export type RuntimeName = (typeof runtimeNames)[number];
