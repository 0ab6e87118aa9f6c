import { type Reranker, rank } from '@secondpass/core';
import { checkOptions, having, optionsOf, scoreReadable, text } from '@secondpass/core/extend';
import { reranker as defineAction } from 'genkit/plugin';
import { CommonRerankerOptionsSchema, type RerankerAction } from 'genkit/reranker';
import { genkitError } from './genkit-error.ts';

/** A reranker and its name in Genkit. */
export interface RerankerActionOptions {
  /** The action's name, such as `secondpass/small`. */
  readonly name: string;
  readonly reranker: Reranker;
}

const optionsSchema = optionsOf({
  name: text,
  reranker: having<Reranker>('a reranker with name and score(), such as loadCrossEncoder gives', 'score'),
});

/**
 * A reranker for `ai.rerank`. `options.k` limits the list. `metadata.score` is the relevance in [0, 1], added to the
 * document's own metadata. A document without text comes last, with 0.
 *
 * @example
 * import { loadCrossEncoder } from '@secondpass/core';
 * import { rerankerAction } from '@secondpass/genkit';
 * import { modelDirectory } from '@secondpass/models';
 * await using reranker = await loadCrossEncoder(modelDirectory('nano'));
 * const action = rerankerAction({ name: 'secondpass/nano', reranker });
 * action.__action.name; // → 'secondpass/nano'
 */
export function rerankerAction(
  given: RerankerActionOptions,
): RerankerAction<typeof CommonRerankerOptionsSchema> {
  checkOptions(optionsSchema, given, { origin: 'reranker-action' });
  const { name, reranker } = given;
  const info = { label: reranker.name, supports: { media: false } };
  return defineAction(
    { name, info, configSchema: CommonRerankerOptionsSchema },
    async (query, documents, options) => {
      try {
        const passages = documents.map(({ text }) => text);
        const scores = await scoreReadable(reranker, { query: query.text, passages });
        const candidates = passages.map((text, index) => ({
          id: `${index}`,
          text,
          score: 0,
          rank: index + 1,
        }));
        const hits = rank(candidates, scores, options?.k ?? documents.length);
        return {
          documents: hits.map(({ score, candidate }) => {
            const { content, metadata } = documents[candidate.rank - 1]!;
            return { content, metadata: { ...metadata, score } };
          }),
        };
      } catch (error) {
        throw genkitError(error);
      }
    },
  );
}
