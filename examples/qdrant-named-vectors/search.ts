/**
 * Searches a collection that was there before by two named vectors, of the title and of the body, and reranks. Nothing is
 * indexed or written.
 *
 *     QDRANT_URL=http://localhost:6333 COLLECTION=articles node search.ts "what makes dough get bigger"
 */
import { QdrantClient } from '@qdrant/js-client-rest';
import { qdrantSource } from '@secondpass/adapter-qdrant';
import { loadBiEncoder, loadCrossEncoder, TwoStageRetriever } from '@secondpass/core';
import { fusedSource } from '@secondpass/core/sources';
import { modelDirectory } from '@secondpass/models';

// Your client. Without a timeout of its own it lets an abort through; without compression Qdrant answers sooner.
const client = new QdrantClient({
  url: process.env['QDRANT_URL'] ?? 'http://localhost:6333',
  timeout: Number.POSITIVE_INFINITY,
  headers: { 'accept-encoding': 'identity' },
});

// The names in your collection. With `payloadField: null`, hits carry all fields of a point's payload.
const collection = {
  client,
  collection: process.env['COLLECTION'] ?? 'secondpass_example_articles',
  textField: 'body',
  payloadField: null,
};
// One source for each named vector. What either finds is a candidate; their lists become one.
const byBody = qdrantSource({ ...collection, name: 'body', vectorName: 'body' });
const byTitle = qdrantSource({ ...collection, name: 'title', vectorName: 'title' });
const source = fusedSource({ sources: [byBody, byTitle] });

// It must be the model that made the vectors in the collection: vectors of two models do not compare.
const embedder = await loadBiEncoder(modelDirectory('bi-encoder'));
const reranker = await loadCrossEncoder(modelDirectory('small'));

const retriever = new TwoStageRetriever({ source, embedder, reranker, depth: 100, topK: 3 });
const question = process.argv[2] ?? 'what makes dough get bigger';
const { hits } = await retriever.retrieve(question, { filter: { field: 'year', gte: 2020 } });
for (const { rank, score, candidate } of hits) {
  console.log(rank, score.toFixed(3), candidate.id, candidate.text, candidate.payload);
}
await Promise.all([embedder.close(), reranker.close()]);
