import { z } from 'zod';
import { checkOptions, having } from '../../foundation/check-options.ts';
import { RetrievalError } from '../../foundation/retrieval-error.ts';
import { untilAborted } from '../../foundation/until-aborted.ts';
import type { CandidateSource } from '../seams/candidate-source.ts';
import { checkVectors } from '../seams/check-vectors.ts';
import type { Embedder } from '../seams/embedder.ts';

/** A source and the embedder of its index. */
export interface EmbeddingSourceConfig {
  /** A source that reads vectors. */
  readonly source: CandidateSource;
  /** The embedder that filled the source's index. */
  readonly embedder: Embedder;
}

const configSchema = z.strictObject({
  source: having<CandidateSource>('a source with name and search(), such as pgvectorSource gives', 'search'),
  embedder: having<Embedder>('an embedder with name and embed(), such as loadBiEncoder gives', 'embed'),
});

/**
 * A source with the embedder of its index built in: it reads text. With it, one {@link fusedSource} can search
 * databases whose vectors come from different models. Embedding time counts as search time. Closing it leaves both
 * parts open.
 *
 * @throws RetrievalError `invalid-options` if the source reads no vectors
 *
 * @example
 * import { loadBiEncoder } from '@secondpass/core';
 * import { embeddingSource } from '@secondpass/core/sources';
 * import { inMemorySource } from '@secondpass/core/testing';
 * import { modelDirectory } from '@secondpass/models';
 * await using embedder = await loadBiEncoder(modelDirectory('bi-encoder'));
 * embeddingSource({ source: inMemorySource().source, embedder }).input; // → 'text'
 */
export function embeddingSource(config: EmbeddingSourceConfig): CandidateSource {
  const { source, embedder } = checkOptions(configSchema, config, { origin: 'embedding-source' });
  if (source.input === 'text') {
    throw new RetrievalError({
      code: 'invalid-options',
      origin: source.name,
      problem: 'The source reads text and needs no embedder.',
      nextStep: 'Use it as it is.',
    });
  }
  return {
    name: source.name,
    input: 'text',
    get similarity() {
      return source.similarity;
    },
    ...(embedder.fingerprint !== undefined && { embedderFingerprint: embedder.fingerprint }),
    ...(source.fetch && { fetch: source.fetch.bind(source) }),
    async search({ query: { text }, ...request }) {
      const { signal } = request;
      signal?.throwIfAborted();
      const embedding = embedder.embed({ texts: [text], kind: 'query', ...(signal && { signal }) });
      const vectors = await (signal ? untilAborted(embedding, signal) : embedding);
      const [vector] = checkVectors(vectors, 1, embedder.name);
      return source.search({ ...request, query: { text, vector: vector! } });
    },
  };
}
