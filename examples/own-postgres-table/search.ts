/**
 * Searches a table that was there before, by vectors and by words, and reranks. Nothing is indexed or written.
 *
 *     DATABASE_URL=postgres://… TABLE=articles node search.ts "what makes dough get bigger"
 */
import { pgvectorSource, pgvectorTextSource } from '@secondpass/adapter-pgvector';
import { loadBiEncoder, loadCrossEncoder, TwoStageRetriever } from '@secondpass/core';
import { fusedSource } from '@secondpass/core/sources';
import { modelDirectory } from '@secondpass/models';
import pg from 'pg';

// Your pool, with its TLS and credentials. Without a listener, a connection that breaks while idle ends the process.
const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'] });
pool.on('error', (error) => console.error('An idle connection broke:', error.message));

// The names in your table. `payload` lists the columns that hits carry and filters ask.
const table = {
  client: pool,
  table: process.env['TABLE'] ?? 'secondpass_example_articles',
  columns: { id: 'number', text: 'body', vector: 'embedding', payload: ['author', 'year'] },
};
// Words find what vectors miss, such as the number of an error. Both ask the same pool; their lists become one.
const byVectors = pgvectorSource({ ...table, name: 'vectors' });
const byWords = pgvectorTextSource({ ...table, name: 'words' });
const source = fusedSource({ sources: [byVectors, byWords] });

// It must be the model that made the vectors in the table: vectors of two models do not compare.
const embedder = await loadBiEncoder(modelDirectory('bi-encoder'));
const reranker = await loadCrossEncoder(modelDirectory('small'));

const retriever = new TwoStageRetriever({ source, embedder, reranker, depth: 100, topK: 3 });
const question = process.argv[2] ?? 'what makes dough get bigger';
const { hits } = await retriever.retrieve(question, { filter: { field: 'year', gte: 2020 } });
for (const { rank, score, candidate } of hits) {
  console.log(rank, score.toFixed(3), candidate.id, candidate.text, candidate.payload);
}
await Promise.all([embedder.close(), reranker.close(), pool.end()]);
