import { type Reranker, RetrievalError } from '@secondpass/core';
import { cosineOf, defaultBlendOf } from '@secondpass/core/extend';
import type { SearchCandidates } from '@secondpass/tuning';
import { openSource } from '../../adapters/open-source.ts';
import type { LoadedConfig } from '../../config/config-file.ts';
import { closeAll, openAll, openEmbedder } from '../../pipeline.ts';
import type { SearchScope } from '../../search-scope.ts';

export interface OpenStage1 {
  readonly search: SearchCandidates;
  /** The pipeline's default blend for a reranker; known after the first search. */
  defaultBlend(reranker: Reranker): number;
  /** The fingerprint of the embedder whose cosine the scores are, if they are one; known after the first search. */
  cosineOf(): string | undefined;
  close(): Promise<void>;
}

/** Only stage 1 of a configuration, over the passages in `scope`. A search takes at most the configured `timeoutMs`. */
export async function openStage1(config: LoadedConfig, scope: SearchScope = {}): Promise<OpenStage1> {
  const opened = await openAll([
    () => openSource(config),
    ...(config.adapter.searchesByText(config.source) ? [] : ([() => openEmbedder(config)] as const)),
  ]);
  const [{ source }, embedder] = opened;
  const search: SearchCandidates = async (text, depth, given) => {
    const limit = AbortSignal.timeout(config.timeoutMs);
    const signal = given ? AbortSignal.any([given, limit]) : limit;
    let told: string | undefined;
    try {
      const vectors =
        source.input === 'text' || !embedder
          ? undefined
          : await embedder.embed({ texts: [text], kind: 'query', signal });
      const found = await source.search({
        query: { text, ...(vectors && { vector: vectors[0]! }) },
        ...scope,
        depth,
        signal,
        onDegraded: ({ reason }) => {
          told = reason;
        },
      });
      if (told !== undefined) throw incomplete(source.name, told);
      return found;
    } catch (error) {
      if (!limit.aborted || given?.aborted) throw error;
      throw new RetrievalError({
        code: 'deadline-exceeded',
        origin: source.name,
        problem: `Stage 1 returned no candidates within ${config.timeoutMs} ms.`,
        nextStep: 'Raise timeoutMs in the configuration, or check the load of the engine.',
        cause: error,
      });
    }
  };
  return {
    search,
    defaultBlend: (reranker) => defaultBlendOf({ source, embedder, reranker }),
    cosineOf: () => cosineOf({ source, embedder }),
    close: () => closeAll(opened),
  };
}

function incomplete(origin: string, reason: string): RetrievalError {
  return new RetrievalError({
    code: 'source-failed',
    origin,
    problem: `Its answer was incomplete: ${reason.replace(/\.?$/, '.')}`,
    nextStep: 'Tune when all parts of stage 1 work; otherwise the advice would fit a broken search.',
  });
}
