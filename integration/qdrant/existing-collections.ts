import { qdrantSource } from '@secondpass/adapter-qdrant';
import type { ExistingOptions } from '@secondpass/core/testing';
import type { TestCollections } from './test-collections.ts';

/** Collections as other tools fill them: named vectors, and the payload's fields beside the text. */
export function existingCollections({ client, next }: TestCollections): ExistingOptions {
  return {
    async open(documents, options) {
      const collection = next();
      await client.createCollection(collection, {
        vectors: {
          body: { size: documents[0]!.vector.length, distance: 'Cosine' },
          title: { size: 2, distance: 'Cosine' },
        },
      });
      await client.upsert(collection, {
        wait: true,
        points: documents.map(({ id, text, vector, payload }) => ({
          id: Number(id),
          vector: { body: Array.from(vector), title: [1, 0] },
          payload: { ...payload, text },
        })),
      });
      return qdrantSource({ client, collection, vectorName: 'body', payloadField: null, ...options });
    },
  };
}
