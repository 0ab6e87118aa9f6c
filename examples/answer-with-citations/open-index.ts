import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { pgvectorSource, pgvectorTextSource, pgvectorWriter } from '@secondpass/adapter-pgvector';
import { indexDocuments, loadBiEncoder, loadCrossEncoder, TwoStageRetriever } from '@secondpass/core';
import type { FetchDocuments } from '@secondpass/core/answers';
import { fusedSource } from '@secondpass/core/sources';
import { modelDirectory } from '@secondpass/models';
import { passages } from './passages.ts';

/** The passages in an embedded PostgreSQL in memory, searched by words and by vectors, and reranked. */
export async function openIndex() {
  const [client, embedder, reranker] = await Promise.all([
    PGlite.create({ extensions: { vector } }),
    loadBiEncoder(modelDirectory('bi-encoder')),
    loadCrossEncoder(modelDirectory('small')),
  ]);
  const table = 'passages';
  const writer = pgvectorWriter({ client, table, textSearch: {} });
  await indexDocuments({ documents: passages, embedder, writer });

  const byWords = pgvectorTextSource({ client, table, name: 'words' });
  const byVectors = pgvectorSource({ client, table, name: 'vectors' });
  const retriever = new TwoStageRetriever({
    source: fusedSource({ sources: [byWords, { source: byVectors, timeoutMs: 5_000 }], minimumSources: 1 }),
    embedder,
    reranker,
    topK: 5,
  });
  const fetch: FetchDocuments = async (ids) => {
    const { rows } = await client.query<{ id: string; text: string }>(
      `SELECT id, text FROM ${table} WHERE id = ANY($1)`,
      [ids],
    );
    return rows;
  };
  const close = async () => {
    await Promise.all([embedder.close(), reranker.close()]);
    await client.close();
  };
  return { retriever, fetch, close };
}
