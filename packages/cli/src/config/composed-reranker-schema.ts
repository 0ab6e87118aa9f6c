import { z } from 'zod';
import { integer, share } from './config-values.ts';

const milliseconds = integer(1, 2_147_483_647);

/** `failover` of a reranker: the first is asked first. */
export function failoverSchema<Reranker>(reranker: z.ZodType<Reranker>) {
  const circuit = z.strictObject({
    failures: integer(1, 1_000_000).optional(),
    failureShare: share(0, 1).optional(),
    windowMs: milliseconds.optional(),
    probeAfterMs: milliseconds.optional(),
  });
  const hedge = z.strictObject({
    afterPercentile: z.number().min(1).max(99.9).optional(),
    budget: share(0.001, 1).optional(),
    to: z.enum(['same', 'next']).optional(),
  });
  const member = z.strictObject({
    reranker,
    timeoutMs: milliseconds.optional(),
    circuit: z.union([circuit, z.literal(false)], 'a block of keys, or false').optional(),
    hedge: hedge.optional(),
  });
  return z.array(member).min(1);
}

/** `cascade` of a reranker: from the fastest to the best. */
export function cascadeSchema<Reranker>(reranker: z.ZodType<Reranker>) {
  const exit = z.strictObject({
    topK: integer(1, 10_000),
    step: integer(1, 10_000),
    slope: z.number().min(0),
    gap: z.number(),
  });
  const stage = z.strictObject({
    reranker,
    best: integer(1, 10_000).optional(),
    exit: exit.optional(),
    timeoutMs: milliseconds.optional(),
  });
  return z.array(stage).min(2);
}
