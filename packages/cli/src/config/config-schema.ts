import { scoreScalings } from '@secondpass/core/extend';
import { z } from 'zod';
import { integer, running, share } from './config-values.ts';
import { rerankerSchema } from './reranker-schema.ts';

/** One model for queries and passages, two models, or a service. */
export const embedderSchema = z
  .strictObject({
    model: z.string().min(1).optional(),
    /** Two models that were trained together, as in DPR. */
    query: z.string().min(1).optional(),
    passage: z.string().min(1).optional(),
    /** @secondpass/embedder-remote checks its other keys. */
    remote: z
      .looseObject({ dialect: z.enum(['openai', 'tei', 'ollama']), url: z.string().min(1) })
      .optional(),
    ...running,
    prompts: z.strictObject({ query: z.string().optional(), passage: z.string().optional() }).optional(),
    dimensions: integer(1, 65_536).optional(),
    pooling: z.enum(['mean', 'cls', 'last-token', 'max', 'mean-sqrt-length', 'weighted-mean']).optional(),
    unitLength: z.boolean().optional(),
  })
  .superRefine(({ model, query, passage, remote, ...settings }, context) => {
    const refuse = (key: string, message: string) =>
      context.addIssue({ code: 'custom', path: [key], message });
    if ((query === undefined) !== (passage === undefined)) {
      return refuse(query === undefined ? 'query' : 'passage', 'a model for each of query and passage');
    }
    const ways = [model, query, remote].filter((way) => way !== undefined).length;
    if (ways !== 1) return refuse('model', 'exactly one of model, query with passage, or remote');
    const misplaced = Object.entries(settings).find(([, value]) => remote && value !== undefined);
    if (misplaced) refuse(misplaced[0], 'nothing next to remote, which has its own settings');
  });

/** The whole file except `source`, whose keys the adapter checks. */
export const configSchema = z.strictObject({
  source: z.looseObject({ adapter: z.string().min(1) }),
  embedder: embedderSchema.default({ model: 'bi-encoder' }),
  reranker: rerankerSchema.default({ model: 'small' }),
  depth: integer(1, 10_000).default(100),
  topK: integer(1, 10_000).default(10),
  minScore: share(0, 1).optional(),
  scoreScaling: z.enum(scoreScalings).optional(),
  blend: share(0, 1).optional(),
  timeoutMs: integer(1, 2_147_483_647).default(30_000),
  latencyBudgetMs: integer(1, 2_147_483_647).optional(),
  onRerankFailure: z.enum(['throw', 'keep-stage-1']).default('throw'),
  shadow: z
    .strictObject({
      /** JSON lines are appended to it. */
      file: z.string().min(1),
      sample: share(0, 1).optional(),
      maxPending: integer(1, 10_000).optional(),
      queries: z.boolean().default(false),
    })
    .optional(),
});

export type EmbedderConfig = z.infer<typeof embedderSchema>;
export type Config = z.infer<typeof configSchema>;
