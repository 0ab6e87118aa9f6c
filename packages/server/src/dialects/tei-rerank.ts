import { z } from 'zod';
import type { FailureKind } from '../failure.ts';
import { query } from './fields.ts';
import { refusals } from './refusal.ts';
import type { RerankDialect } from './rerank-dialect.ts';

const body = z.looseObject({
  query,
  texts: z.array(z.string()),
  truncate: z.boolean().nullish().describe('false: a text that the model reads only in part is an error'),
  raw_scores: z.boolean().nullish().describe("true: the model's own numbers"),
  return_text: z.boolean().nullish(),
});

const errorTypes: Readonly<Record<FailureKind, string>> = {
  invalid: 'Validation',
  empty: 'Empty',
  'too-large': 'Validation',
  unauthorized: 'Unauthorized',
  forbidden: 'Unauthorized',
  'unknown-model': 'Validation',
  'unknown-route': 'Validation',
  overloaded: 'Overloaded',
  timeout: 'Overloaded',
  unavailable: 'Unhealthy',
  behind: 'Backend',
  internal: 'Backend',
};

/** Refusals in the form of Text Embeddings Inference. */
export const teiRefusal = z.object({ error: z.string(), error_type: z.string() });
export const teiRefusalOf = refusals({ invalid: 422, behind: 424, internal: 424 }, ({ kind, message }) => ({
  error: message,
  error_type: errorTypes[kind],
}));

/** `/rerank` of Hugging Face's Text Embeddings Inference. */
export const teiRerank: RerankDialect<z.infer<typeof body>> = {
  body,
  answer: z.array(z.object({ index: z.int().min(0), score: z.number(), text: z.string().optional() })),
  refusal: teiRefusal,
  callOf: ({ query, texts, truncate }) => ({
    model: undefined,
    query,
    texts,
    topK: undefined,
    refuseCut: truncate === false,
  }),
  answerOf: ({ documents }, { texts, raw_scores, return_text }) =>
    documents.map(({ index, score, rawScore }) => ({
      index,
      score: raw_scores ? rawScore : score,
      ...(return_text && { text: texts[index] }),
    })),
  refusalOf: teiRefusalOf,
};
