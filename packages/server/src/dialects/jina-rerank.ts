import { randomUUID } from 'node:crypto';
import { stringifyJson } from '@secondpass/core/extend';
import { z } from 'zod';
import { model, noUsage, query, relevance, returnDocuments, top, truncation, usage } from './fields.ts';
import { refusals } from './refusal.ts';
import type { RerankDialect } from './rerank-dialect.ts';

const document = z.union(
  [z.string(), z.record(z.string(), z.unknown())],
  'expected a string or an object with text',
);

const body = z
  .looseObject({
    model,
    query,
    documents: z.array(document).describe('Strings, or objects whose text is read'),
    top_n: top,
    return_documents: returnDocuments.describe('true if absent'),
    truncation,
    rank_fields: z
      .array(z.string())
      .min(1)
      .nullish()
      .describe("Cohere's version 1: fields of an object that are read; text if absent"),
  })
  .superRefine(({ documents, rank_fields, top_k }, context) => {
    if (top_k !== undefined) {
      context.addIssue({
        code: 'custom',
        path: ['top_k'],
        message: 'is a field of Voyage; call /voyage/v1/rerank, or send top_n',
      });
    }
    for (const [index, one] of documents.entries()) {
      if (typeof one === 'string' || (rank_fields ?? ['text']).some((field) => one[field] !== undefined))
        continue;
      const message = `no ${(rank_fields ?? ['text']).join(', ')} in it; images are not read`;
      context.addIssue({ code: 'custom', path: ['documents', index], message });
    }
  });

type Body = z.infer<typeof body>;

/**
 * `/v1/rerank` of Jina and of Cohere's version 1. Answers and refusals here have the fields of both, so that the
 * clients of either can read them.
 */
export const jinaRerank: RerankDialect<Body> = {
  body,
  answer: z.object({
    id: z.string(),
    object: z.literal('list'),
    model: z.string(),
    usage,
    results: z.array(
      z.object({
        index: z.int().min(0),
        relevance_score: relevance,
        document: z.looseObject({}).optional(),
      }),
    ),
    meta: z.object({ api_version: z.object({ version: z.string() }) }),
  }),
  refusal: z.object({ detail: z.string(), message: z.string() }),
  callOf: ({ model, query, documents, top_n, truncation, rank_fields }) => ({
    model: model ?? undefined,
    query,
    texts: documents.map((one) => (typeof one === 'string' ? one : textOf(one, rank_fields ?? ['text']))),
    topK: top_n ?? undefined,
    refuseCut: truncation === false,
  }),
  answerOf: (reranked, { documents, return_documents }) => ({
    id: randomUUID(),
    object: 'list',
    model: reranked.model,
    usage: noUsage,
    results: reranked.documents.map(({ index, score }) => {
      const given = documents[index]!;
      return {
        index,
        relevance_score: score,
        ...(return_documents !== false && { document: typeof given === 'string' ? { text: given } : given }),
      };
    }),
    meta: { api_version: { version: '1' } },
  }),
  refusalOf: refusals({ invalid: 422, empty: 422, 'unknown-model': 400 }, ({ message }) => ({
    detail: message,
    message,
  })),
};

/** The value of a single field as it is; several fields as lines `name: value`. */
function textOf(document: Readonly<Record<string, unknown>>, fields: readonly string[]): string {
  const values = fields.flatMap((field) => {
    const value = document[field];
    if (value === undefined || value === null) return [];
    return [{ field, text: typeof value === 'string' ? value : stringifyJson(value) }];
  });
  if (fields.length === 1) return values[0]?.text ?? '';
  return values.map(({ field, text }) => `${field}: ${text}`).join('\n');
}
