import type { Document } from '@secondpass/core';
import {
  abortSignal,
  checkDocuments,
  checkOptions,
  having,
  integer,
  oneOf,
  type PassageEncoder,
  passageDigest,
  stream,
  type TokenPrecision,
  type TokenVectorStore,
} from '@secondpass/core/extend';
import { z } from 'zod';

/** What {@link storeTokenVectors} encodes, by which model, and where it stores it. */
export interface StoreTokenVectorsRequest {
  readonly encoder: PassageEncoder;
  readonly store: TokenVectorStore;
  /** Their ids must be those of stage 1's candidates. */
  readonly documents: Iterable<Document> | AsyncIterable<Document>;
  /** @default 'int8' */
  readonly precision?: TokenPrecision;
  /** Documents that are encoded and stored at a time. @default 64 */
  readonly batchSize?: number;
  readonly signal?: AbortSignal;
}

/** What {@link storeTokenVectors} has done, in documents. */
export interface StoredTokenVectorsCount {
  /** Documents that were encoded and stored. */
  readonly stored: number;
  /** Documents whose vectors for this text and model were stored already. */
  readonly unchanged: number;
}

const requestSchema = z.strictObject({
  encoder: having('an encoder of passages, such as loadLateInteraction gives', 'encodePassages'),
  store: having('a store of token vectors, such as pgvectorTokenVectors gives', 'digests', 'put'),
  documents: stream('documents'),
  precision: oneOf(['int8', 'float32']).optional(),
  batchSize: integer(1, 1_000_000).optional(),
  signal: abortSignal.optional(),
});

/**
 * Encodes documents and stores their token vectors, batch by batch. Another run continues where the first one
 * stopped, and encodes only what has changed.
 *
 * @throws RetrievalError `invalid-document`, `duplicate-id`, `invalid-options`, or an error of the encoder or the
 * store
 *
 * @example
 * import type { StoredTokenVectors, TokenVectorStore } from '@secondpass/core/extend';
 * import { loadLateInteraction, storeTokenVectors } from '@secondpass/late-interaction';
 * const kept = new Map<string, StoredTokenVectors>(); // in earnest: pgvectorTokenVectors or qdrantTokenVectors
 * const store: TokenVectorStore = {
 *   name: 'in memory',
 *   get: async () => kept,
 *   digests: async () => new Map([...kept].map(([id, { digest }]) => [id, digest])),
 *   put: async (entries) => entries.forEach((entry) => kept.set(entry.id, entry)),
 * };
 * await using encoder = await loadLateInteraction('models/colbert');
 * const documents = [{ id: '1', text: 'Yeast makes dough rise.' }];
 * await storeTokenVectors({ encoder, store, documents }); // → { stored: 1, unchanged: 0 }
 */
export async function storeTokenVectors(request: StoreTokenVectorsRequest): Promise<StoredTokenVectorsCount> {
  checkOptions(requestSchema, request, { origin: 'store-token-vectors' });
  const { encoder, store, documents, precision = 'int8', batchSize = 64, signal } = request;
  const options = signal ? { signal } : {};
  let stored = 0;
  let unchanged = 0;
  const write = async (batch: readonly Document[]) => {
    signal?.throwIfAborted();
    checkDocuments(batch, encoder.name);
    const known = await store.digests(
      batch.map(({ id }) => id),
      options,
    );
    const changed = batch
      .map(({ id, text }) => ({ id, text, digest: passageDigest(encoder, text) }))
      .filter(({ id, digest }) => known.get(id) !== digest);
    unchanged += batch.length - changed.length;
    if (changed.length === 0) return;
    const passages = changed.map(({ text }) => text);
    const vectors = await encoder.encodePassages({ passages, precision, ...options });
    await store.put(
      changed.map(({ id, digest }, index) => ({ id, digest, vectors: vectors[index]! })),
      options,
    );
    stored += changed.length;
  };
  let batch: Document[] = [];
  for await (const document of documents) {
    batch.push(document);
    if (batch.length < batchSize) continue;
    await write(batch);
    batch = [];
  }
  if (batch.length > 0) await write(batch);
  return { stored, unchanged };
}
