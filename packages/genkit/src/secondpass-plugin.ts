import type { Reranker, RetrieveOptions, TwoStageRetriever } from '@secondpass/core';
import { checkOptions, having, optionsOf } from '@secondpass/core/extend';
import { genkitPluginV2 } from 'genkit/plugin';
import { rerankerAction } from './reranker-action.ts';
import { retrieverAction } from './retriever-action.ts';

/** The rerankers and retrievers of the plugin; they stay open. */
export interface SecondpassPluginOptions {
  /** Rerankers by name: `{ small }` becomes `secondpass/small`. */
  readonly rerankers?: Readonly<Record<string, Reranker>>;
  /** By name: `{ articles }` is `secondpass/articles`. */
  readonly retrievers?: Readonly<
    Record<string, { readonly retriever: TwoStageRetriever; readonly options?: RetrieveOptions }>
  >;
}

const optionsSchema = optionsOf({
  rerankers: having<object>('an object of rerankers by name').optional(),
  retrievers: having<object>('an object of { retriever, options } by name').optional(),
});

/**
 * A Genkit plugin for open rerankers and retrievers; it closes none of them.
 *
 * @example
 * import { loadCrossEncoder } from '@secondpass/core';
 * import { secondpass } from '@secondpass/genkit';
 * import { modelDirectory } from '@secondpass/models';
 * import { Document, genkit } from 'genkit';
 * await using small = await loadCrossEncoder(modelDirectory('small'));
 * const ai = genkit({ plugins: [secondpass({ rerankers: { small } })] });
 * const documents = ['Salt slows yeast down.', 'Yeast makes dough rise.'].map((text) => Document.fromText(text));
 * const query = 'why does bread get bigger in the oven';
 * const [best] = await ai.rerank({ reranker: 'secondpass/small', query, documents, options: { k: 1 } });
 * best?.text; // → 'Yeast makes dough rise.'
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
