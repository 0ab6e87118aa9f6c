import type { RelevanceScoreProvider } from '@mastra/core/relevance';
import type { Reranker } from '@secondpass/core';
import { scoreReadable } from '@secondpass/core/extend';
import { mastraError } from './mastra-error.ts';

interface Waiting {
  readonly text: string;
  readonly resolve: (score: number) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A reranker for `rerankWithScorer` and `createVectorQueryTool`. These ask for one document at a time, so the calls of
 * one tick are joined into one request per query. A score is in [0, 1]; a document without text gets 0.
 *
 * @example
 * import { rerankWithScorer } from '@mastra/rag';
 * import { loadCrossEncoder } from '@secondpass/core';
 * import { relevanceScorer } from '@secondpass/mastra';
 * import { modelDirectory } from '@secondpass/models';
 * await using reranker = await loadCrossEncoder(modelDirectory('small'));
 * const texts = ['Salt slows yeast down.', 'Yeast makes dough rise.'];
 * const results = texts.map((text, index) => ({ id: `${index}`, score: 0.5, metadata: { text } }));
 * const options = { topK: 1, weights: { semantic: 1, vector: 0, position: 0 } };
 * const query = 'why does bread get bigger in the oven';
 * const [best] = await rerankWithScorer({ results, query, scorer: relevanceScorer(reranker), options });
 * best?.result.id; // → '1'
 */
export function relevanceScorer(reranker: Reranker): RelevanceScoreProvider {
  const waiting = new Map<string, Waiting[]>();
  const send = async (query: string) => {
    const calls = waiting.get(query)!;
    waiting.delete(query);
    try {
      const scores = await scoreReadable(reranker, { query, passages: calls.map(({ text }) => text) });
      for (const [index, { resolve }] of calls.entries()) resolve(scores[index]?.score ?? 0);
    } catch (error) {
      for (const { reject } of calls) reject(mastraError(error));
    }
  };
  return {
    getRelevanceScore: (query, text) =>
      new Promise((resolve, reject) => {
        const calls = waiting.get(query);
        if (calls) return void calls.push({ text, resolve, reject });
        waiting.set(query, [{ text, resolve, reject }]);
        setImmediate(send, query);
      }),
  };
}
