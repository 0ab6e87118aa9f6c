import { parseJson, type ServiceAnswer } from '@secondpass/service-client';
import type { z } from 'zod';

/** Reads an answer that must be JSON of a form. @throws Error without a word of the answer */
export function jsonAnswer<T extends z.ZodType>(answer: ServiceAnswer, schema: T): z.infer<T> {
  const result = schema.safeParse(parseJson(answer));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new Error(`${issue!.path.join('.') || 'the whole'} is not what it should be`);
}
