import { z } from 'zod';

const document = z.looseObject({
  index: z.int().default(0),
  relevance_score: z.number().optional(),
  score: z.number().optional(),
});

/**
 * Documents with their scores. Servers that write protobuf as JSON omit zeros. So a missing index is 0, and a missing
 * score is 0 if another document has one: that shows that this is the right field name.
 */
export const scoredDocuments = (name: 'relevance_score' | 'score') =>
  z
    .array(document)
    .superRefine((documents, context) => {
      if (documents.length === 0 || documents.some(({ [name]: score }) => score !== undefined)) return;
      context.addIssue({ code: 'custom', message: 'no score', path: [0, name] });
    })
    .transform((documents) => documents.map(({ index, [name]: score }) => ({ index, score: score ?? 0 })));

/** The answers of Cohere, Jina, Infinity and vLLM. */
export const resultsSchema = z.looseObject({ results: scoredDocuments('relevance_score') });
