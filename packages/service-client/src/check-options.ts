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
  const refuse = (problem: string, nextStep: string): never => {
    throw new RetrievalError({ code: 'invalid-options', origin, problem, nextStep });
  };
  if (issue!.code === 'unrecognized_keys') {
    const key = [...issue!.path, issue!.keys[0]].join('.');
    return refuse(`${key} is not a setting.`, `Use ${Object.keys(schema.shape).join(', ')}.`);
  }
  const key = issue!.path.join('.') || 'the options';
  return valueAt(options, issue!.path) === undefined
    ? refuse(`${key} is missing.`, `Give ${key}.`)
    : refuse(`${key} is not usable.`, `Expected ${key}: ${issue!.message}.`);
}

function isUrl(value: string): boolean {
  if (!/^https?:\/\//.test(value) || !URL.canParse(value)) return false;
  const { username, password, search, hash } = new URL(value);
  return username + password + search + hash === '';
}

function valueAt(options: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key],
    options,
  );
}
