/**
 * Creates an index such as yours may be, runs search.ts on it as it stands, and deletes the index.
 *
 *     ELASTICSEARCH_URL=http://localhost:9200 node examples/hybrid-elasticsearch/run.ts
 */
import { Client } from '@elastic/elasticsearch';
import { loadBiEncoder } from '@secondpass/core';
import { modelDirectory } from '@secondpass/models';
import { articles } from '../articles.ts';

const index = process.env['INDEX'] ?? 'secondpass-example-articles';
const client = new Client({ node: process.env['ELASTICSEARCH_URL'] ?? 'http://localhost:9200' });
// Before `try`: it fails where the index exists already, and then that index is not deleted.
await client.indices.create({
  index,
  mappings: {
    properties: {
      content: { properties: { body: { type: 'text' } } },
      embedding: { type: 'dense_vector', dims: 384, similarity: 'cosine' },
      author: { type: 'keyword' },
      year: { type: 'integer' },
    },
  },
});
try {
  const embedder = await loadBiEncoder(modelDirectory('bi-encoder'));
  const vectors = await embedder.embed({ texts: articles.map(({ body }) => body), kind: 'passage' });
  await embedder.close();
  const operations = articles.flatMap(({ id, body, author, year }, place) => [
    { index: { _id: `${id}` } },
    { content: { body }, embedding: [...vectors[place]!], author, year },
  ]);
  const { errors } = await client.bulk({ index, operations, refresh: true });
  if (errors) throw new Error('Elasticsearch did not take all articles.');
  await import('./search.ts');
} finally {
  await client.indices.delete({ index });
  await client.close();
}
