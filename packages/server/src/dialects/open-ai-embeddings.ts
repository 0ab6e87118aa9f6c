import { z } from 'zod';
import type { EmbeddingDialect } from './embedding-dialect.ts';
import { model } from './fields.ts';
import { openAiRefusal, openAiRefusalOf } from './open-ai-refusal.ts';

const body = z.looseObject({
  model,
  input: z.union(
    [z.string(), z.array(z.string())],
    'expected a string or a list of strings; token ids are not read',
  ),
  encoding_format: z.enum(['float', 'base64']).nullish().describe('base64: little-endian float32'),
  dimensions: z.int().min(1).nullish().describe('Refused unless the model gives vectors of this length'),
  input_type: z
    .enum(['query', 'passage', 'document'])
    .nullish()
    .describe('query or passage, for models that treat them differently; passage if absent'),
});

/** `/v1/embeddings` of OpenAI, with the field `input_type` that Voyage and others have. */
export const openAiEmbeddings: EmbeddingDialect<z.infer<typeof body>> = {
  body,
  answer: z.object({
    object: z.literal('list'),
    data: z.array(
      z.object({
        object: z.literal('embedding'),
        index: z.int().min(0),
        embedding: z.union([z.array(z.number()), z.string()]),
      }),
    ),
    model: z.string(),
    usage: z.object({ prompt_tokens: z.int(), total_tokens: z.int() }),
  }),
  refusal: openAiRefusal,
  callOf: ({ model, input, dimensions, input_type }) => ({
    model: model ?? undefined,
    texts: typeof input === 'string' ? [input] : input,
    kind: input_type === 'query' ? 'query' : 'passage',
    dimensions: dimensions ?? undefined,
  }),
  answerOf: (vectors, model, { encoding_format }) => ({
    object: 'list',
    data: vectors.map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: encoding_format === 'base64' ? base64(vector) : Array.from(vector),
    })),
    model,
    usage: { prompt_tokens: 0, total_tokens: 0 },
  }),
  refusalOf: openAiRefusalOf,
};

function base64(vector: Float32Array): string {
  const bytes = Buffer.alloc(vector.length * 4);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * 4);
  return bytes.toString('base64');
}
