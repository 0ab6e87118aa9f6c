import { z } from 'zod';
import {
  model,
  noUsage,
  query,
  relevance,
  returnDocuments,
  texts,
  top,
  truncation,
  usage,
} from './fields.ts';
import { refusals } from './refusal.ts';
import type { RerankDialect } from './rerank-dialect.ts';

const body = z.looseObject({
  model,
  query,
  documents: texts,
  top_k: top,
  return_documents: returnDocuments.describe('false if absent'),
  truncation,
});

/** `/rerank` of Voyage. */
export const voyageRerank: RerankDialect<z.infer<typeof body>> = {
  body,
  answer: z.object({
    object: z.literal('list'),
    data: z.array(
      z.object({ index: z.int().min(0), relevance_score: relevance, document: z.string().optional() }),
    ),
    model: z.string(),
    usage,
  }),
  refusal: z.object({ detail: z.string() }),
  callOf: ({ model, query, documents, top_k, truncation }) => ({
    model: model ?? undefined,
    query,
    texts: documents,
    topK: top_k ?? undefined,
    refuseCut: truncation === false,
  }),
  answerOf: (reranked, { documents, return_documents }) => ({
    object: 'list',
    data: reranked.documents.map(({ index, score }) => ({
      index,
      relevance_score: score,
      ...(return_documents && { document: documents[index] }),
    })),
    model: reranked.model,
    usage: noUsage,
  }),
  refusalOf: refusals({ 'unknown-model': 400 }, ({ message }) => ({ detail: message })),
};
