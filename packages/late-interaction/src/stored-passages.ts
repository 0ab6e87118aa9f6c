import { RetrievalError } from '@secondpass/core';
import {
  type PassageEncoder,
  passageDigest,
  type TokenVectorStore,
  type TokenVectors,
} from '@secondpass/core/extend';

export interface PassagesToFind {
  readonly encoder: PassageEncoder;
  readonly store: TokenVectorStore | undefined;
  readonly passages: readonly string[];
  /** Ids in the store, in the passages' order; without them every passage is encoded. */
  readonly ids: readonly string[] | undefined;
  readonly signal?: AbortSignal;
}

/**
 * The vectors of each passage, in input order: from the store if it has them for this text and model, otherwise
 * computed now. They are not stored then: a query should not write.
 *
 * @throws RetrievalError `invalid-options` when there are not as many ids as passages
 */
export async function findPassageVectors({
  encoder,
  store,
  passages,
  ids,
  signal,
}: PassagesToFind): Promise<readonly TokenVectors[]> {
  checkIds(ids, passages, encoder.name);
  const options = signal ? { signal } : {};
  const stored = store && ids ? await store.get(ids, options) : undefined;
  const found = passages.map((passage, index) => {
    const entry = stored?.get(ids![index]!);
    return entry?.digest === passageDigest(encoder, passage) ? entry.vectors : undefined;
  });
  const missing = [...found.keys()].filter((index) => found[index] === undefined);
  const encoded = await encoder.encodePassages({
    passages: missing.map((index) => passages[index]!),
    ...options,
  });
  for (const [place, index] of missing.entries()) found[index] = encoded[place]!;
  return found as readonly TokenVectors[];
}

/** @throws RetrievalError `invalid-options` */
export function checkIds(
  ids: readonly string[] | undefined,
  passages: readonly string[],
  origin: string,
): void {
  if (ids === undefined || ids.length === passages.length) return;
  throw new RetrievalError({
    code: 'invalid-options',
    origin,
    problem: `There are ${ids.length} ids for ${passages.length} passages.`,
    nextStep: 'Give one id per passage, in the same order, or none.',
  });
}
