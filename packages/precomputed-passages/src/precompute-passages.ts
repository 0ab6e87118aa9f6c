import type { Document } from '@secondpass/core';
import {
  abortSignal,
  callback,
  checkDocuments,
  checkOptions,
  having,
  integer,
  stream,
} from '@secondpass/core/extend';
import { z } from 'zod';
import type { PrecomputedCrossEncoder } from './precomputed-cross-encoder.ts';

/** What {@link precomputePassages} computes, and by which model. */
export interface PrecomputePassagesRequest {
  readonly crossEncoder: PrecomputedCrossEncoder;
  /** Their texts must be exactly those of stage 1's candidates. */
  readonly documents: Iterable<Document> | AsyncIterable<Document>;
  /** Documents that are computed and stored at a time. @default 64 */
  readonly batchSize?: number;
  /** Called after each batch with the number of documents processed so far. */
  readonly onProgress?: (progress: { readonly done: number }) => void;
  readonly signal?: AbortSignal;
}

/** What {@link precomputePassages} has done, in documents. */
export interface PrecomputedPassagesCount {
  /** Documents whose states were computed and stored. */
  readonly stored: number;
  /** Documents whose states were stored already, or whose text occurred before. */
  readonly unchanged: number;
}

const requestSchema = z.strictObject({
  crossEncoder: having('a cross-encoder, such as loadPrecomputedCrossEncoder gives', 'precompute'),
  documents: stream('documents'),
  onProgress: callback('the progress').optional(),
  batchSize: integer(1, 1_000_000).optional(),
  signal: abortSignal.optional(),
});

/**
 * Computes the states of documents and stores them, batch by batch. Another run continues where the first one
 * stopped, and computes only what has changed. If the store is too small for all documents, the last ones replace the
 * first.
 *
 * @throws RetrievalError `invalid-document`, `duplicate-id`, `invalid-options`, or an error of the model or the store
 *
 * @example
 * import { modelDirectory } from '@secondpass/models';
 * import { loadPrecomputedCrossEncoder, precomputePassages } from '@secondpass/precomputed-passages';
 * const store = { directory: 'passages-of-notes' };
 * await using crossEncoder = await loadPrecomputedCrossEncoder(modelDirectory('small'), { store });
 * const documents = [{ id: '1', text: 'Yeast makes dough rise.' }];
 * await precomputePassages({ crossEncoder, documents }); // → { stored: 1, unchanged: 0 }
 */
export async function precomputePassages(
  request: PrecomputePassagesRequest,
): Promise<PrecomputedPassagesCount> {
  checkOptions(requestSchema, request, { origin: 'precompute-passages' });
  const { crossEncoder, documents, batchSize = 64, onProgress, signal } = request;
  let stored = 0;
  let seen = 0;
  const write = async (batch: readonly Document[]) => {
    signal?.throwIfAborted();
    checkDocuments(batch, crossEncoder.name);
    const texts = batch.map(({ text }) => text);
    stored += await crossEncoder.precompute(texts, signal ? { signal } : {});
    seen += batch.length;
    onProgress?.({ done: seen });
  };
  let batch: Document[] = [];
  for await (const document of documents) {
    batch.push(document);
    if (batch.length < batchSize) continue;
    await write(batch);
    batch = [];
  }
  if (batch.length > 0) await write(batch);
  return { stored, unchanged: seen - stored };
}
