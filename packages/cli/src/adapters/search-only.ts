import { RetrievalError } from '@secondpass/core';
import type { OpenSource } from './adapter.ts';

/** Writer and reader of a source that can only be searched: both refuse with `invalid-options`. */
export function searchOnly(
  origin: string,
  { problem, nextStep }: { readonly problem: string; readonly nextStep: string },
): Pick<OpenSource, 'writer' | 'reader'> {
  const refuse = async (): Promise<never> => {
    throw new RetrievalError({ code: 'invalid-options', origin, problem, nextStep });
  };
  return {
    writer: {
      name: origin,
      prepare: refuse,
      storedDigests: refuse,
      write: refuse,
      finish: refuse,
      count: refuse,
      delete: refuse,
    },
    reader: {
      name: origin,
      dimensions: refuse,
      count: refuse,
      // biome-ignore lint/correctness/useYield: it always throws.
      async *read() {
        await refuse();
      },
    },
  };
}
