import { z } from 'zod';

/** A number, or the digits of one: `${DEPTH:-100}` can only give text. */
export function integer(least: number, most: number) {
  return z.preprocess(
    (value) => (typeof value === 'string' && /^-?\d{1,15}$/.test(value.trim()) ? Number(value) : value),
    z.int().min(least).max(most),
  );
}

const model = z.strictObject({
  /** A bundled model's name, or a directory. */
  model: z.string().min(1),
  precision: z.enum(['fp32', 'int8']).optional(),
  workers: integer(1, 256).optional(),
  maxBatchTokens: integer(1, 1_000_000).optional(),
});

/** The whole file but `source`, whose keys belong to its adapter. */
export const configSchema = z.strictObject({
  source: z.looseObject({ adapter: z.string().min(1) }),
  embedder: model.default({ model: 'bi-encoder' }),
  reranker: model.default({ model: 'small' }),
  depth: integer(1, 10_000).default(100),
  topK: integer(1, 10_000).default(10),
  timeoutMs: integer(1, 2_147_483_647).default(30_000),
  onRerankFailure: z.enum(['throw', 'keep-stage-1']).default('throw'),
});

export type ModelConfig = z.infer<typeof model>;
export type Config = z.infer<typeof configSchema>;
