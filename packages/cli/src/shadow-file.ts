import { appendFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { RetrievalError, type ShadowOptions } from '@secondpass/core';
import type { Config } from './config/config-schema.ts';
import { present } from './present.ts';

/**
 * Writes shadow records to a file, as lines of JSON. They hold the query's text only if asked for.
 *
 * @throws RetrievalError `invalid-config` when the file cannot be written
 */
export function shadowFile(
  { file, queries, ...options }: NonNullable<Config['shadow']>,
  folder: string,
): ShadowOptions {
  const path = resolve(folder, file);
  try {
    appendFileSync(path, '');
  } catch (error) {
    throw new RetrievalError({
      code: 'invalid-config',
      origin: 'shadow.file',
      problem: `${path} cannot be written: ${(error as Error).message}.`,
      nextStep: 'Name a file in a writable folder.',
      cause: error,
    });
  }
  return {
    ...present(options),
    record: ({ query, ...record }) =>
      appendFileSync(path, `${JSON.stringify({ ...(queries && { query }), ...record })}\n`),
  };
}
