import type { Reranker, RetrieveOptions, TwoStageRetriever } from '@secondpass/core';
import { genkitPluginV2 } from 'genkit/plugin';
import { rerankerAction } from './reranker-action.ts';
import { retrieverAction } from './retriever-action.ts';

export interface SecondpassPluginOptions {
  /** By name: `{ small }` is `secondpass/small`. */
  readonly rerankers?: Readonly<Record<string, Reranker>>;
  readonly retrievers?: Readonly<
    Record<string, { readonly retriever: TwoStageRetriever; readonly options?: RetrieveOptions }>
  >;
}

/**
 * A Genkit plugin with rerankers and retrievers that are open already; it closes none of them.
 *
 * @example
 * const ai = genkit({ plugins: [secondpass({ rerankers: { small: reranker } })] });
 * await ai.rerank({ reranker: 'secondpass/small', query, documents, options: { k: 5 } });
 */
export function secondpass({ rerankers = {}, retrievers = {} }: SecondpassPluginOptions) {
  return genkitPluginV2({
    name: 'secondpass',
    init: () => [
      ...Object.entries(rerankers).map(([name, reranker]) => rerankerAction({ name, reranker })),
      ...Object.entries(retrievers).map(([name, given]) => retrieverAction({ name, ...given })),
    ],
  });
}
