import type { ModelRuntime } from './model-runtime.ts';
import type { ModelSession } from './model-session.ts';
import { openTokenizerFor } from './opened-tokenizer.ts';
import type { Tokenizer } from './tokenizer.ts';

/** A model's tokenizer and session, closed at the end of the block that they are opened in, unless something keeps them. */
export type OpenedParts<T> = T &
  AsyncDisposable & {
    readonly tokenizer: Tokenizer;
    /** Hands both over to an object, which closes them from here on. @returns the object */
    keptBy<Owner>(owner: Owner): Owner;
  };

/**
 * Opens tokenizer and session at the same time: the session's threads and the graph's optimizer work while this thread reads
 * the vocabulary.
 *
 * @param openSession gets the tokenizer in a form that waits until it is open
 * @throws what the tokenizer's opening throws, otherwise what `openSession` throws; what is open by then is closed
 */
export async function openParts<T extends { readonly session: ModelSession }>(
  runtime: ModelRuntime,
  directory: string,
  options: Parameters<ModelRuntime['openTokenizer']>[1],
  openSession: (tokenizer: Pick<Tokenizer, 'encode'>) => Promise<T>,
): Promise<OpenedParts<T>> {
  const tokenizing = openTokenizerFor(runtime, directory, options);
  const starting = openSession({
    encode: async (texts, signal) => (await tokenizing).tokenizer.encode(texts, signal),
  });
  const [ofTokenizer, ofSession] = await Promise.allSettled([tokenizing, starting]);
  if (ofTokenizer.status === 'rejected') {
    if (ofSession.status === 'fulfilled') await ofSession.value.session.close();
    throw ofTokenizer.reason;
  }
  await using opened = ofTokenizer.value;
  if (ofSession.status === 'rejected') throw ofSession.reason;
  const parts = ofSession.value;
  const { tokenizer } = opened;
  let kept = false;
  return opened.keptBy({
    ...parts,
    tokenizer,
    keptBy<Owner>(owner: Owner): Owner {
      kept = true;
      return owner;
    },
    async [Symbol.asyncDispose]() {
      if (!kept) await Promise.all([parts.session.close(), tokenizer.close?.()]);
    },
  });
}
