import type { z } from 'zod';

/** What any route may answer instead, in its dialect's form. */
export function refusalsIn(schema: z.ZodType): Readonly<Record<'4xx' | '5xx', z.ZodType>> {
  return { '4xx': schema, '5xx': schema };
}
