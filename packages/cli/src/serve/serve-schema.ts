import { z } from 'zod';
import { embedderSchema } from '../config/config-schema.ts';
import { integer } from '../config/config-values.ts';
import { rerankerSchema } from '../config/reranker-schema.ts';

const name = z.string().min(1).max(200);
const amount = integer(1, 2 ** 40).optional();
const milliseconds = integer(1, 2_147_483_647);

/** A configuration of `secondpass serve`. The server checks the ranges of limits. */
export const serveSchema = z.strictObject({
  host: z.string().min(1).default('127.0.0.1'),
  port: integer(0, 65_535).default(8080),
  /** Blocks of the same form as `reranker` in a pipeline's configuration. */
  rerankers: z.record(name, rerankerSchema).default({}),
  embedders: z.record(name, embedderSchema).default({}),
  /** Configuration files of pipelines. */
  pipelines: z.record(name, z.string().min(1)).default({}),
  keys: z
    .array(z.strictObject({ name, sha256: z.string().min(1), tenant: z.string().min(1).optional() }))
    .default([]),
  cores: integer(1, 256).optional(),
  limits: z
    .strictObject({
      maxBodyBytes: amount,
      maxDocuments: amount,
      maxCharacters: amount,
      timeoutMs: milliseconds.optional(),
      maxQueued: amount,
      maxQueuedCharacters: amount,
      maxCharactersInWork: amount,
    })
    .prefault({}),
  drain: z
    .strictObject({ delayMs: integer(0, 600_000).optional(), timeoutMs: milliseconds.optional() })
    .prefault({}),
  logLevel: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
});
