import type { Embedder, Reranker } from '@secondpass/core';
import { defaultBlendOf } from '@secondpass/core/extend';

/** Stage 1's weight in a pipeline with this reranker behind this embedder's cosine, if nothing is stated. */
export function ownWeight(reranker: Reranker, embedder: Pick<Embedder, 'fingerprint'>): number {
  return defaultBlendOf({ source: { input: 'vector', similarity: 'cosine' }, embedder, reranker });
}
