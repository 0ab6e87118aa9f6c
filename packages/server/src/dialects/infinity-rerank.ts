import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { model, query, returnDocuments, texts, top } from './fields.ts';
import { openAiRefusal, openAiRefusalOf } from './open-ai-refusal.ts';
import type { RerankDialect } from './rerank-dialect.ts';

const body = z.looseObject({
  model,
  query,
  documents: texts,
  top_n: top,
  return_documents: returnDocuments,
  raw_scores: z.boolean().nullish().describe("true: the model's own numbers"),
});

/** What Infinity's client sends if no model is named. */
const unnamed = 'default/not-specified';

/** `/rerank` of Infinity; vLLM's clients send and read the same. */
export const infinityRerank: RerankDialect<z.infer<typeof body>> = {
  body,
  answer: z.object({
    object: z.literal('rerank'),
    id: z.string(),
    created: z.int(),
    model: z.string(),
    results: z.array(
      z.object({ index: z.int().min(0), relevance_score: z.number(), document: z.string().optional() }),
    ),
    usage: z.object({ prompt_tokens: z.int(), total_tokens: z.int() }),
  }),
  refusal: openAiRefusal,
  callOf: ({ model: named, query, documents, top_n }) => ({
    model: named === unnamed ? undefined : (named ?? undefined),
    query,
    texts: documents,
    topK: top_n ?? undefined,
    refuseCut: false,
  }),
  answerOf: (reranked, { documents, return_documents, raw_scores }) => ({
    object: 'rerank',
    id: `rerank-${randomUUID()}`,
    created: Math.floor(Date.now() / 1000),
    model: reranked.model,
    results: reranked.documents.map(({ index, score, rawScore }) => ({
      index,
      relevance_score: raw_scores ? rawScore : score,
      ...(return_documents && { document: documents[index] }),
    })),
    usage: { prompt_tokens: 0, total_tokens: 0 },
  }),
  refusalOf: openAiRefusalOf,
};
