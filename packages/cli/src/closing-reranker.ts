import type { Reranker } from '@secondpass/core';
import { cascadeMark, isCascade, owning } from '@secondpass/core/extend';
import type { OpenReranker } from './open-reranker.ts';

/** A reranker that owns other rerankers: `close` closes them too. */
export function closingReranker(reranker: Reranker, parts: readonly Reranker[]): OpenReranker {
  const outer: Reranker = {
    name: reranker.name,
    ...(reranker.fingerprint !== undefined && { fingerprint: reranker.fingerprint }),
    ...(reranker.defaultBlend && { defaultBlend: reranker.defaultBlend }),
    ...(isCascade(reranker) && { [cascadeMark]: true }),
    score: reranker.score.bind(reranker),
    close: async () => reranker.close?.(),
  };
  return owning(outer, parts);
}
