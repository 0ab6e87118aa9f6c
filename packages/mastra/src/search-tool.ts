import { createTool } from '@mastra/core/tools';
import type { RetrieveOptions, TwoStageRetriever } from '@secondpass/core';
import { checkOptions, having, rawIntegers, text } from '@secondpass/core/extend';
import { z } from 'zod';
import { mastraError } from './mastra-error.ts';

/** The retriever behind a {@link searchTool}, and what an agent reads of it. */
export interface SearchToolOptions {
  readonly retriever: TwoStageRetriever;
  /** @default 'secondpass-search' */
  readonly id?: string;
  /** Tells the model when to search. */
  readonly description?: string;
  /** Tenant, filter, depth and the like of every search; the model cannot change them. */
  readonly options?: Omit<RetrieveOptions, 'signal' | 'topK'>;
}

const settingsSchema = z.strictObject({
  retriever: having<TwoStageRetriever>('a TwoStageRetriever', 'retrieve'),
  id: text.optional(),
  description: text.optional(),
  options: having<object>('the options of retrieve').optional(),
});

const inputSchema = z.object({
  queryText: z.string().describe('What to search for, as a question or in keywords.'),
  topK: z.coerce.number().int().min(1).max(100).default(10).describe('How many passages to return.'),
});
const source = z.object({
  id: z.string(),
  score: z.number(),
  document: z.string(),
  metadata: z.record(z.string(), z.unknown()),
});
const outputSchema = z.object({
  relevantContext: z.array(z.record(z.string(), z.unknown())),
  sources: z.array(source),
});

/**
 * Both stages as a tool of an agent, in the shape of Mastra's `createVectorQueryTool`: `relevantContext` is each hit's
 * payload with its `text`, `sources` are `QueryResult`s with stage 2's score in [0, 1].
 *
 * @example
 * import { loadCrossEncoder, TwoStageRetriever } from '@secondpass/core';
 * import { searchTool } from '@secondpass/mastra';
 * import { modelDirectory } from '@secondpass/models';
 * await using reranker = await loadCrossEncoder(modelDirectory('nano'));
 * const search = async () => [{ id: '1', text: 'Yeast makes dough rise.', score: 1, rank: 1 }];
 * const retriever = new TwoStageRetriever({ source: { name: 'notes', input: 'text', search }, reranker });
 * const tool = searchTool({ retriever, id: 'notes', options: { tenant: 'acme' } });
 * tool.id; // → 'notes'
 */
export function searchTool(settings: SearchToolOptions) {
  checkOptions(settingsSchema, settings, { origin: 'search-tool' });
  const { retriever, id = 'secondpass-search', options } = settings;
  const description =
    settings.description ?? 'Searches the documents and returns the passages that fit best.';
  return createTool({
    id,
    description,
    inputSchema,
    outputSchema,
    execute: async ({ queryText, topK }, context) => {
      try {
        const signal = context?.abortSignal;
        const { hits } = await retriever.retrieve(queryText, { ...options, topK, ...(signal && { signal }) });
        const sources = hits.map(({ score, candidate }) => {
          const { id, text, payload = {} } = rawIntegers(candidate);
          return { id, score, document: text, metadata: { ...payload, text } };
        });
        return { relevantContext: sources.map(({ metadata }) => metadata), sources };
      } catch (error) {
        throw mastraError(error);
      }
    },
  });
}
