import { RetrievalError } from '@secondpass/core';
import { flag, integer, text } from '@secondpass/core/extend';
import { z } from 'zod';

/** An address that requests are appended to. */
export const serviceUrl = z.custom<string>(isUrl, {
  error: 'an http or https URL without user, password, query and fragment',
});

/** The options of every service, with or without HTTP. */
export const requestOptions = {
  name: text.optional(),
  headers: z.record(z.string(), z.string()).optional(),
  concurrency: integer(1, 256).optional(),
  retries: integer(0, 20).optional(),
  timeoutMs: integer(1, 3_600_000).optional(),
  totalTimeoutMs: integer(1, 86_400_000).optional(),
};

/** The options of every service behind HTTP. */
export const httpOptions = {
  ...requestOptions,
  apiKey: text.optional(),
  apiKeyVariable: text.optional(),
  compress: flag.optional(),
};

/** Options whose values no error shows. `url` is one of them, because a wrong URL may hold a password. */
export const secretOptions: readonly string[] = ['apiKey', 'headers', 'url'];

/** Where a service's key is. */
export interface KeyOptions {
  /** The key itself. @default none */
  readonly apiKey?: string | undefined;
  /** The environment variable that holds the key. */
  readonly apiKeyVariable?: string | undefined;
}

/**
 * The key that the options give, or the environment variable that they name; `undefined` where they give neither.
 *
 * @throws RetrievalError `invalid-options` where both are given, or the variable is not set or empty
 *
 * @example
 * import { keyOf } from '@secondpass/service-client';
 * keyOf({ apiKey: 'sk-123' }, 'my-service'); // → 'sk-123'
 */
export function keyOf({ apiKey, apiKeyVariable }: KeyOptions, origin: string): string | undefined {
  if (apiKeyVariable === undefined) return apiKey;
  const refuse = (problem: string, nextStep: string): never => {
    throw new RetrievalError({
      code: 'invalid-options',
      origin,
      problem,
      nextStep,
      path: ['apiKeyVariable'],
    });
  };
  if (apiKey !== undefined) return refuse('apiKey and apiKeyVariable are both given.', 'Keep one of them.');
  const key = process.env[apiKeyVariable]?.trim();
  if (key) return key;
  return refuse(
    `apiKeyVariable names ${apiKeyVariable}, which is ${key === undefined ? 'not set' : 'empty'}.`,
    'Set that environment variable to the key, or name another one.',
  );
}

function isUrl(value: unknown): boolean {
  if (typeof value !== 'string' || !/^https?:\/\//.test(value) || !URL.canParse(value)) return false;
  const { username, password, search, hash } = new URL(value);
  return username + password + search + hash === '';
}
