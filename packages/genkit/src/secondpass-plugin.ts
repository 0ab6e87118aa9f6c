import type { Reranker, RetrieveOptions, TwoStageRetriever } from '@secondpass/core';
import { checkOptions, having, optionsOf } from '@secondpass/core/extend';
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

const optionsSchema = optionsOf({
  rerankers: having<object>('an object of rerankers by name').optional(),
  retrievers: having<object>('an object of { retriever, options } by name').optional(),
});

/**
 * A Genkit plugin with rerankers and retrievers that are open already; it closes none of them.
 *
 * @example
 * const ai = genkit({ plugins: [secondpass({ rerankers: { small: reranker } })] });
 * await ai.rerank({ reranker: 'secondpass/small', query, documents, options: { k: 5 } });
 */
export function secondpass(options: SecondpassPluginOptions) {
  checkOptions(optionsSchema, options, { origin: 'secondpass' });
  const { rerankers = {}, retrievers = {} } = options;
  return genkitPluginV2({
    name: 'secondpass',
    init: () => [
      ...Object.entries(rerankers).map(([name, reranker]) => rerankerAction({ name, reranker })),
      ...Object.entries(retrievers).map(([name, given]) => retrieverAction({ name, ...given })),
    ],
  });
}
