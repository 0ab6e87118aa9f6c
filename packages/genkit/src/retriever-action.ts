import type { RetrieveOptions, TwoStageRetriever } from '@secondpass/core';
import { checkOptions, having, optionsOf, rawIntegers, text } from '@secondpass/core/extend';
import { retriever as defineAction } from 'genkit/plugin';
import { CommonRetrieverOptionsSchema, type RetrieverAction } from 'genkit/retriever';
import { genkitError } from './genkit-error.ts';

/** A retriever and its name in Genkit. */
export interface RetrieverActionOptions {
  /** The action's name, such as `secondpass/articles`. */
  readonly name: string;
  readonly retriever: TwoStageRetriever;
  /** Tenant, filter, depth and the like of every query. */
  readonly options?: RetrieveOptions;
}

const optionsSchema = optionsOf({
  name: text,
  retriever: having<TwoStageRetriever>('a TwoStageRetriever', 'retrieve'),
  options: having<RetrieveOptions>('the options of retrieve').optional(),
});

/**
 * Both stages for `ai.retrieve`. `options.k` is the number of hits. A document's metadata is the payload, with `id` and
 * `score`: stage 2's relevance in [0, 1], or stage 1's score if stage 2 failed and stage 1's order was kept.
 *
 * @example
 * import { loadCrossEncoder, TwoStageRetriever } from '@secondpass/core';
 * import { retrieverAction } from '@secondpass/genkit';
 * import { modelDirectory } from '@secondpass/models';
 * await using reranker = await loadCrossEncoder(modelDirectory('nano'));
 * const search = async () => [{ id: '1', text: 'Yeast makes dough rise.', score: 1, rank: 1 }];
 * const retriever = new TwoStageRetriever({ source: { name: 'notes', input: 'text', search }, reranker });
 * retrieverAction({ name: 'secondpass/notes', retriever }).__action.name; // → 'secondpass/notes'
 */
export function retrieverAction(
  given: RetrieverActionOptions,
): RetrieverAction<typeof CommonRetrieverOptionsSchema> {
  checkOptions(optionsSchema, given, { origin: 'retriever-action' });
  const { name, retriever, options } = given;
  return defineAction({ name, configSchema: CommonRetrieverOptionsSchema }, async (query, asked) => {
    try {
      const topK = asked?.k ?? options?.topK;
      const { hits } = await retriever.retrieve(query.text, {
        ...options,
        ...(topK !== undefined && { topK }),
      });
      return {
        documents: hits.map(({ score, candidate: { id, text, payload } }) => ({
          content: [{ text }],
          metadata: { ...rawIntegers(payload), id, score },
        })),
      };
    } catch (error) {
      throw genkitError(error);
    }
  });
}
