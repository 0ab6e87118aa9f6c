import type { z } from 'zod';
import type { ServiceAnswer } from '../try-request.ts';

/** Reads an answer that must be JSON of a form. @throws Error without a word of the answer */
export function jsonAnswer<T extends z.ZodType>({ headers, bytes }: ServiceAnswer, schema: T): z.infer<T> {
  const type = headers.get('content-type');
  // Triton's JSON has no type at all.
  if (type !== null && !/json/i.test(type)) throw new Error(`it is not JSON but ${type.slice(0, 60)}`);
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new Error('it is not JSON');
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new Error(`${issue!.path.join('.') || 'the whole'} is not what it should be`);
}
