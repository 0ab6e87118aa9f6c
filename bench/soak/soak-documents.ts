import { loadBiEncoder, loadCrossEncoder } from '@secondpass/core';
import { modelDirectory } from '@secondpass/models';
import { ownPages } from './corpus.ts';
import { type KnownDocument, Truth } from './truth.ts';

export interface SoakDocuments {
  readonly queries: readonly string[];
  /** In the engines from the beginning to the end, half of them in each. */
  readonly stable: readonly KnownDocument[];
  /** Those that come and go, by turns of PostgreSQL and Elasticsearch. */
  readonly pool: readonly KnownDocument[];
  readonly dimensions: number;
  readonly truth: Truth;
}

/** Embeds the passages and computes what each query has to be answered with; takes a minute of a core. */
export async function soakDocuments(): Promise<SoakDocuments> {
  const embedder = await loadBiEncoder(modelDirectory('bi-encoder'));
  const reranker = await loadCrossEncoder(modelDirectory('small'));
  try {
    const { passages, queries } = ownPages(1_600, 48);
    const vectors = await embedder.embed({ kind: 'passage', texts: passages });
    const known = passages.map(
      (text, index): KnownDocument => ({
        id: `passage-${index}`,
        text,
        vector: vectors[index]!,
        source: index % 2 === 0 ? 'postgres' : 'elasticsearch',
      }),
    );
    const stable = known.filter((_, index) => index % 8 >= 2);
    const pool = known.filter((_, index) => index % 8 < 2);
    const truth = await Truth.compute(queries, { stable, pool }, { embedder, reranker });
    return { queries, stable, pool, dimensions: embedder.dimensions, truth };
  } finally {
    await Promise.all([embedder.close(), reranker.close()]);
  }
}
