import { z } from 'zod';

const document = z.looseObject({
  index: z.int().default(0),
  relevance_score: z.number().optional(),
  score: z.number().optional(),
});

/**
 * Documents with what they are worth. Servers that write protobuf as JSON leave out what is 0: an index, and a score too,
 * as long as another document has one, which shows that scores stand under this name.
 */
export const scoredDocuments = (name: 'relevance_score' | 'score') =>
  z
    .array(document)
    .superRefine((documents, context) => {
      if (documents.length === 0 || documents.some(({ [name]: score }) => score !== undefined)) return;
      context.addIssue({ code: 'custom', message: 'no score', path: [0, name] });
    })
    .transform((documents) => documents.map(({ index, [name]: score }) => ({ index, score: score ?? 0 })));

/** Cohere's, Jina's, Infinity's and vLLM's. */
export const resultsSchema = z.looseObject({ results: scoredDocuments('relevance_score') });
