/**
 * Creates a collection such as yours may be, runs search.ts on it as it stands, and deletes the collection.
 *
 *     QDRANT_URL=http://localhost:6333 node examples/qdrant-named-vectors/run.ts
 */
import { QdrantClient } from '@qdrant/js-client-rest';
import { loadBiEncoder } from '@secondpass/core';
import { modelDirectory } from '@secondpass/models';
import { articles } from '../articles.ts';

const collection = process.env['COLLECTION'] ?? 'secondpass_example_articles';
const client = new QdrantClient({ url: process.env['QDRANT_URL'] ?? 'http://localhost:6333' });
// Before `try`: it fails where the collection exists already, and then that collection is not deleted.
await client.createCollection(collection, {
  vectors: { title: { size: 384, distance: 'Cosine' }, body: { size: 384, distance: 'Cosine' } },
});
try {
  const embedder = await loadBiEncoder(modelDirectory('bi-encoder'));
  const titles = await embedder.embed({ texts: articles.map(({ title }) => title), kind: 'passage' });
  const bodies = await embedder.embed({ texts: articles.map(({ body }) => body), kind: 'passage' });
  await embedder.close();
  const points = articles.map(({ id, title, body, author, year }, place) => ({
    id,
    vector: { title: [...titles[place]!], body: [...bodies[place]!] },
    payload: { title, body, author, year },
  }));
  await client.upsert(collection, { wait: true, points });
  await import('./search.ts');
} finally {
  await client.deleteCollection(collection);
}
