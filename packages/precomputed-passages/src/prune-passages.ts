import type { Document } from '@secondpass/core';
import { abortSignal, checkOptions, having, stream } from '@secondpass/core/extend';
import { z } from 'zod';
import type { PrecomputedCrossEncoder } from './precomputed-cross-encoder.ts';

/** What {@link prunePassages} keeps, and for which model. */
export interface PrunePassagesRequest {
  readonly crossEncoder: PrecomputedCrossEncoder;
  /** All documents whose states are still needed, such as a `DocumentReader` reads them from the index. */
  readonly documents: Iterable<Pick<Document, 'text'>> | AsyncIterable<Pick<Document, 'text'>>;
  readonly signal?: AbortSignal;
}

/** What {@link prunePassages} has done, in entries of the store. */
export interface PrunedPassagesCount {
  readonly kept: number;
  readonly deleted: number;
}

const requestSchema = z.strictObject({
  crossEncoder: having('a cross-encoder, such as loadPrecomputedCrossEncoder gives', 'prune'),
  documents: stream('documents'),
  signal: abortSignal.optional(),
});

/**
 * Deletes from a store what no document needs any more: states of deleted and changed texts. Entries of other models go as
 * well, so that a store that is pruned belongs to one model and one index. 32 bytes for each document are held in memory.
 *
 * What is deleted by mistake is computed again by the next query that needs it.
 *
 * @throws RetrievalError `invalid-options` for a store that cannot list and delete, or an error of the store
 *
 * @example
 * import { modelDirectory } from '@secondpass/models';
 * import { loadPrecomputedCrossEncoder, precomputePassages, prunePassages } from '@secondpass/precomputed-passages';
 * const store = { directory: 'passages-in-step' };
 * await using crossEncoder = await loadPrecomputedCrossEncoder(modelDirectory('small'), { store });
 * const documents = [{ id: '1', text: 'Yeast makes dough rise.' }];
 * await precomputePassages({ crossEncoder, documents });
 * await prunePassages({ crossEncoder, documents: [] }); // → { kept: 0, deleted: 1 }
 */
export function prunePassages(request: PrunePassagesRequest): Promise<PrunedPassagesCount> {
  checkOptions(requestSchema, request, { origin: 'prune-passages' });
  const { crossEncoder, documents, signal } = request;
  return crossEncoder.prune(textsOf(documents), signal ? { signal } : {});
}

async function* textsOf(documents: PrunePassagesRequest['documents']): AsyncGenerator<string> {
  for await (const { text } of documents) yield text;
}
