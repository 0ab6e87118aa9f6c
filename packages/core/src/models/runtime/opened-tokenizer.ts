import type { ModelRuntime } from './model-runtime.ts';
import type { Tokenizer } from './tokenizer.ts';

/** A tokenizer that is closed at the end of the block that it is opened in, unless something keeps it. */
export interface OpenedTokenizer extends AsyncDisposable {
  readonly tokenizer: Tokenizer;
  /** Hands the tokenizer over to an object, which closes it from here on. @returns the object */
  keptBy<T>(owner: T): T;
}

/**
 * Opens a tokenizer for a model that is being loaded: if the rest of the loading fails, it is closed.
 *
 * @throws what the runtime's `openTokenizer` throws
 *
 * @example
 * import { loadRuntime, openTokenizerFor } from '@secondpass/core/runtime';
 * import { modelDirectory } from '@secondpass/models';
 * const runtime = await loadRuntime();
 * await using opened = await openTokenizerFor(runtime, modelDirectory('small'), {});
 * const [ids] = await opened.tokenizer.encode(['bread']);
 * ids?.length; // → 1
 */
export async function openTokenizerFor(
  runtime: ModelRuntime,
  directory: string,
  options: Parameters<ModelRuntime['openTokenizer']>[1],
): Promise<OpenedTokenizer> {
  const tokenizer = await runtime.openTokenizer(directory, options);
  let kept = false;
  return {
    tokenizer,
    keptBy(owner) {
      kept = true;
      return owner;
    },
    async [Symbol.asyncDispose]() {
      if (!kept) await tokenizer.close?.();
    },
  };
}
