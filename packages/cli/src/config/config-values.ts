import { executionProviders, runtimeNames } from '@secondpass/core/models';
import { z } from 'zod';

/** A number, or the digits of one: `${DEPTH:-100}` can only give text. */
export function integer(least: number, most: number) {
  return z.preprocess(
    (value) => (typeof value === 'string' && /^-?\d{1,15}$/.test(value.trim()) ? Number(value) : value),
    z.int().min(least).max(most),
  );
}

/** A number that may have decimals, or its digits. */
export function share(least: number, most: number) {
  return z.preprocess(
    (value) => (typeof value === 'string' && /^\d?\.?\d{1,15}$/.test(value.trim()) ? Number(value) : value),
    z.number().min(least).max(most),
  );
}

/** Settings to run any local model. */
export const running = {
  precision: z.enum(['fp32', 'int8']).optional(),
  workers: integer(1, 256).optional(),
  maxBatchTokens: integer(1, 1_000_000).optional(),
  optimize: z.boolean().optional(),
  executionProvider: z.enum(executionProviders).optional(),
  runtime: z.enum(runtimeNames).optional(),
};
