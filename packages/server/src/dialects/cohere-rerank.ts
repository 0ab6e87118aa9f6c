import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { model, query, relevance, texts, top } from './fields.ts';
import { refusals } from './refusal.ts';
import type { RerankDialect } from './rerank-dialect.ts';

const body = z.looseObject({
  model,
  query,
  documents: texts,
  top_n: top,
  max_tokens_per_doc: z
    .int()
    .nullish()
    .describe('Ignored: each model has its own limit. The answer then has a warning'),
});

/** `/v2/rerank` of Cohere. */
export const cohereRerank: RerankDialect<z.infer<typeof body>> = {
  body,
  answer: z.object({
    id: z.string(),
    results: z.array(z.object({ index: z.int().min(0), relevance_score: relevance })),
    meta: z.object({
      api_version: z.object({ version: z.string() }),
      warnings: z.array(z.string()).optional(),
    }),
  }),
  refusal: z.object({ id: z.string(), message: z.string() }),
  callOf: ({ model, query, documents, top_n }) => ({
    model: model ?? undefined,
    query,
    texts: documents,
    topK: top_n ?? undefined,
    refuseCut: false,
  }),
  answerOf: ({ documents }, { max_tokens_per_doc }) => ({
    id: randomUUID(),
    results: documents.map(({ index, score }) => ({ index, relevance_score: score })),
    meta: {
      api_version: { version: '2' },
      ...(typeof max_tokens_per_doc === 'number' && {
        warnings: ['max_tokens_per_doc is ignored: the model cuts documents at its own limit.'],
      }),
    },
  }),
  refusalOf: refusals({}, ({ message }) => ({ id: randomUUID(), message })),
};
