import type { Client } from '@elastic/elasticsearch';
import { elasticSource } from '@secondpass/adapter-elastic';
import type { ExistingOptions } from '@secondpass/core/testing';

/** Indices as their users have them: fields in a mapping of their own, two vector fields, the text in an object. */
export function existingIndices(client: Client, nextIndex: () => string): ExistingOptions {
  return {
    async open(documents, options) {
      const index = nextIndex();
      await client.indices.create({
        index,
        mappings: {
          properties: {
            body: { properties: { content: { type: 'text' } } },
            embedding: { type: 'dense_vector', dims: documents[0]!.vector.length, similarity: 'cosine' },
            title: { properties: { embedding: { type: 'dense_vector', dims: 2, similarity: 'cosine' } } },
            author: { type: 'keyword' },
            year: { type: 'integer' },
            rating: { type: 'double' },
            open: { type: 'boolean' },
            tags: { type: 'keyword' },
            source: { type: 'keyword' },
          },
        },
      });
      await client.bulk({
        index,
        refresh: true,
        operations: documents.flatMap(({ id, text, vector, payload }) => [
          { index: { _id: id } },
          {
            ...payload,
            body: { content: text },
            embedding: Array.from(vector),
            'title.embedding': [1, 0],
          },
        ]),
      });
      const fields = { text: 'body.content', vector: 'embedding', payload: null };
      return elasticSource({ client, index, fields, ...options });
    },
  };
}
