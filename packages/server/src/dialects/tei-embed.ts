import { z } from 'zod';
import type { EmbeddingDialect } from './embedding-dialect.ts';
import { teiRefusal, teiRefusalOf } from './tei-rerank.ts';

const body = z.looseObject({
  inputs: z.union([z.string(), z.array(z.string())], 'expected a string or a list of strings'),
  prompt_name: z.string().nullish().describe('query: the texts are queries; otherwise they are passages'),
  dimensions: z.int().min(1).nullish().describe('Refused unless the model gives vectors of this length'),
});

/** `/embed` of Hugging Face's Text Embeddings Inference. */
export const teiEmbed: EmbeddingDialect<z.infer<typeof body>> = {
  body,
  answer: z.array(z.array(z.number())),
  refusal: teiRefusal,
  callOf: ({ inputs, prompt_name, dimensions }) => ({
    model: undefined,
    texts: typeof inputs === 'string' ? [inputs] : inputs,
    kind: prompt_name === 'query' ? 'query' : 'passage',
    dimensions: dimensions ?? undefined,
  }),
  answerOf: (vectors) => vectors.map((vector) => Array.from(vector)),
  refusalOf: teiRefusalOf,
};
