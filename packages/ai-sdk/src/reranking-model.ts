import type { JSONObject, RerankingModelV4, RerankingModelV4CallOptions } from '@ai-sdk/provider';
import { type Reranker, RetrievalError, rank } from '@secondpass/core';
import { callback, checkOptions, optionsOf, scoreReadable, text } from '@secondpass/core/extend';
import { aiSdkError } from './ai-sdk-error.ts';

/** A reranker and its name in the AI SDK. */
export interface RerankingModelOptions {
  readonly modelId: string;
  /** Called for each request, so that a model can be loaded at the first one. */
  readonly reranker: () => Promise<Reranker>;
  /** The text of a document that is an object. @default its JSON */
  readonly textOf?: ((document: JSONObject) => string) | undefined;
}

const optionsSchema = optionsOf({
  modelId: text,
  reranker: callback('nothing and gives a reranker'),
  textOf: callback('a document and gives its text').optional(),
});

/** The answer to the AI SDK, in the fields that versions 3 and 4 of its model interface share. */
export interface RerankedDocuments {
  ranking: { index: number; relevanceScore: number }[];
  providerMetadata: { secondpass: { rawScores: (number | null)[] } };
  warnings: { type: 'other'; message: string }[];
  response: { modelId: string; timestamp: Date };
}

/** A reranking model of the AI SDK 7. */
export interface SecondpassModel extends RerankingModelV4 {
  doRerank(options: RerankingModelV4CallOptions): Promise<RerankedDocuments>;
}

/** The same for `ai` 6. */
export type SecondpassModelV3 = Omit<SecondpassModel, 'specificationVersion'> & {
  readonly specificationVersion: 'v3';
};

/**
 * A reranker as a model of the AI SDK, for `rerank` of `ai` 7. `relevanceScore` is in [0, 1]; the model's raw scores
 * are in `providerMetadata.secondpass.rawScores`, in the ranking's order. A document without text comes last, with a
 * score of 0 and a warning.
 *
 * @example
 * import { rerankingModel } from '@secondpass/ai-sdk';
 * import { loadCrossEncoder } from '@secondpass/core';
 * import { modelDirectory } from '@secondpass/models';
 * import { rerank } from 'ai';
 * await using reranker = await loadCrossEncoder(modelDirectory('nano'));
 * const model = rerankingModel({ modelId: 'ours', reranker: async () => reranker });
 * const { ranking } = await rerank({ model, query: 'bread', documents: ['The harbor froze.', 'Bake bread.'] });
 * ranking[0]?.document; // → 'Bake bread.'
 */
export function rerankingModel(options: RerankingModelOptions): SecondpassModel {
  checkOptions(optionsSchema, options, { origin: 'secondpass' });
  const { modelId, reranker, textOf } = options;
  return {
    specificationVersion: 'v4',
    provider: 'secondpass',
    modelId,
    async doRerank({ documents, query, topN, abortSignal }) {
      try {
        checkTopN(topN, modelId);
        const passages = textsOf(documents, textOf);
        const scores = await scoreReadable(await reranker(), { query, passages, signal: abortSignal });
        const candidates = passages.map((text, index) => ({
          id: `${index}`,
          text,
          score: 0,
          rank: index + 1,
        }));
        const hits = rank(candidates, scores, topN ?? passages.length);
        const unread = [...scores.keys()].filter((index) => scores[index] === null);
        return {
          ranking: hits.map(({ score, candidate }) => ({ index: candidate.rank - 1, relevanceScore: score })),
          providerMetadata: { secondpass: { rawScores: hits.map(({ rawScore }) => rawScore ?? null) } },
          warnings: unread.map((index) => ({ type: 'other', message: withoutText(index) })),
          response: { modelId, timestamp: new Date() },
        };
      } catch (error) {
        throw aiSdkError(error, modelId);
      }
    },
  };
}

function textsOf(
  documents: RerankingModelV4CallOptions['documents'],
  textOf: (document: JSONObject) => string = JSON.stringify,
): readonly string[] {
  return documents.type === 'text' ? documents.values : documents.values.map((value) => textOf(value));
}

function withoutText(index: number): string {
  return `Document ${index} has no readable text, so it comes last, with a score of 0.`;
}

function checkTopN(topN: number | undefined, origin: string): void {
  if (topN === undefined || (Number.isInteger(topN) && topN >= 1)) return;
  throw new RetrievalError({
    code: 'invalid-options',
    origin,
    problem: `topN is ${topN}.`,
    nextStep: 'Use an integer from 1, or leave it out for all documents.',
  });
}
