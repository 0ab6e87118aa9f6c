import { z } from 'zod';

/** The form in which most services say what one document is worth. */
export const relevanceSchema = z.looseObject({ index: z.int(), relevance_score: z.number() });

/** Cohere's, Jina's, Infinity's and vLLM's. */
export const resultsSchema = z.looseObject({ results: z.array(relevanceSchema) });

export function indexedScore({ index, relevance_score }: z.infer<typeof relevanceSchema>) {
  return { index, score: relevance_score };
}
