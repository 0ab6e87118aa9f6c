import type { z } from 'zod';

/** The error answers of a route, in its dialect's form. */
export function refusalsIn(schema: z.ZodType): Readonly<Record<'4xx' | '5xx', z.ZodType>> {
  return { '4xx': schema, '5xx': schema };
}
