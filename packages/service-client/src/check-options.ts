import { RetrievalError } from '@secondpass/core';
import { z } from 'zod';

export const wholeNumber = (least: number, most: number) => z.int().min(least).max(most);
export const someText = z.string().min(1);
export const serviceUrl = someText.refine(
  isUrl,
  'an http or https URL without user, password, query and fragment',
);

/** The options that every service has. */
export const requestOptions = {
  name: someText.optional(),
  headers: z.record(z.string(), z.string()).optional(),
  concurrency: wholeNumber(1, 256).optional(),
  retries: wholeNumber(0, 20).optional(),
  timeoutMs: wholeNumber(1, 3_600_000).optional(),
  totalTimeoutMs: wholeNumber(1, 86_400_000).optional(),
};

/** @throws RetrievalError `invalid-options`, naming the key, never its value: it may be a secret */
export function checkOptions<S extends z.ZodObject>(schema: S, options: unknown, origin: string): z.infer<S> {
  const result = schema.safeParse(options);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const isUnknown = issue!.code === 'unrecognized_keys';
  const path = isUnknown ? [...issue!.path, issue!.keys[0]] : issue!.path;
  const key = path.join('.') || 'the options';
  throw new RetrievalError({
    code: 'invalid-options',
    origin,
    problem: isUnknown ? `${key} is not a setting.` : `${key} is not usable.`,
    nextStep: isUnknown
      ? `Use ${Object.keys(schema.shape).join(', ')}.`
      : `Expected ${key}: ${issue!.message}.`,
  });
}

function isUrl(value: string): boolean {
  if (!/^https?:\/\//.test(value) || !URL.canParse(value)) return false;
  const { username, password, search, hash } = new URL(value);
  return username + password + search + hash === '';
}
