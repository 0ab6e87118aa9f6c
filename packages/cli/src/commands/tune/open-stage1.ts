import { type Reranker, RetrievalError } from '@secondpass/core';
import { defaultBlendOf } from '@secondpass/core/extend';
import type { SearchCandidates } from '@secondpass/tuning';
import { openSource } from '../../adapters/open-source.ts';
import type { LoadedConfig } from '../../config/config-file.ts';
import { closeAll, openAll, openEmbedder } from '../../pipeline.ts';
import type { SearchScope } from '../../search-scope.ts';

export interface OpenStage1 {
  readonly search: SearchCandidates;
  /** What the pipeline blends a reranker by where the configuration states nothing: known once a search has answered. */
  defaultBlend(reranker: Reranker): number;
  close(): Promise<void>;
}

/** Stage 1 of a configuration alone, over the passages within `scope`. A search takes at most the configured `timeoutMs`. */
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
        problem: `Stage 1 gave no candidates within ${config.timeoutMs} ms.`,
        nextStep: 'Raise timeoutMs in the configuration, or look at what the engine is doing.',
        cause: error,
      });
    }
  };
  return {
    search,
    defaultBlend: (reranker) => defaultBlendOf({ source, embedder, reranker }),
    close: () => closeAll(opened),
  };
}

function incomplete(origin: string, reason: string): RetrievalError {
  return new RetrievalError({
    code: 'source-failed',
    origin,
    problem: `It gave fewer candidates than it would in full: ${reason.replace(/\.?$/, '.')}`,
    nextStep: 'Tune while everything is up: what is chosen now would fit a half-broken search.',
  });
}
