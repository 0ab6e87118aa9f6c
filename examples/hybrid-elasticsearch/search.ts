/**
 * Searches an index that was there before, by vectors and by words (BM25), and reranks by Cohere, or in this process
 * where Cohere fails, is late or was given no key. Nothing is indexed or written.
 *
 *     ELASTICSEARCH_URL=http://localhost:9200 INDEX=articles COHERE_API_KEY=… node search.ts "what makes dough get bigger"
 */
import { Client } from '@elastic/elasticsearch';
import { elasticSource } from '@secondpass/adapter-elastic';
import { loadBiEncoder, loadCrossEncoder, TwoStageRetriever } from '@secondpass/core';
import { type FailoverMember, failoverReranker } from '@secondpass/core/rerankers';
import { fusedSource } from '@secondpass/core/sources';
import { modelDirectory } from '@secondpass/models';
import { remoteReranker } from '@secondpass/reranker-remote';

// Your client, with its TLS and credentials.
const client = new Client({ node: process.env['ELASTICSEARCH_URL'] ?? 'http://localhost:9200' });

// The names in your index; dots reach into objects. With `payload: null`, hits carry all its other fields.
const index = {
  client,
  index: process.env['INDEX'] ?? 'secondpass-example-articles',
  fields: { text: 'content.body', vector: 'embedding', payload: null },
};
const byVectors = elasticSource({ ...index, name: 'vectors' });
const byWords = elasticSource({ ...index, name: 'words', match: 'text' });
const source = fusedSource({ sources: [byVectors, byWords] });

// It must be the model that made the vectors in the index: vectors of two models do not compare.
const embedder = await loadBiEncoder(modelDirectory('bi-encoder'));
const local = await loadCrossEncoder(modelDirectory('small'));
const rerankers: FailoverMember[] = [{ reranker: local }];

// Without a key, no text leaves this machine. No second try: the local model answers sooner than that.
const apiKey = process.env['COHERE_API_KEY'];
if (apiKey) {
  const url = process.env['COHERE_URL'] ?? 'https://api.cohere.com/v2';
  const model = process.env['COHERE_MODEL'] ?? 'rerank-v4.0-pro';
  const cohere = await remoteReranker({ service: 'cohere', url, model, apiKey, retries: 0 });
  rerankers.unshift({ reranker: cohere, timeoutMs: 2_000 });
}
const reranker = failoverReranker({ rerankers });

const retriever = new TwoStageRetriever({ source, embedder, reranker, depth: 100, topK: 3 });
const question = process.argv[2] ?? 'what makes dough get bigger';
const { hits, degraded } = await retriever.retrieve(question, { filter: { field: 'year', gte: 2020 } });
for (const { rank, score, candidate } of hits) {
  console.log(rank, score.toFixed(3), candidate.id, candidate.text, candidate.payload);
}
if (degraded) console.log(`${degraded.stage}: ${degraded.reason}`);
await Promise.all([embedder.close(), ...rerankers.map(({ reranker: one }) => one.close?.()), client.close()]);
