import { RetrievalError } from '@secondpass/core';
import type { z } from 'zod';
import { expected } from '../config/config-problems.ts';
import type { SourceSettings } from './adapter.ts';

/**
 * The settings of an adapter that has no package of its own.
 *
 * @param known says which keys there are
 * @throws RetrievalError `invalid-config`, naming the key
 */
export function parseSettings<T>(
  schema: z.ZodType<T>,
  settings: SourceSettings,
  { adapter, known }: { readonly adapter: string; readonly known: string },
): T {
  const result = schema.safeParse(settings);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const unknown = issue!.code === 'unrecognized_keys' ? issue!.keys.slice(0, 1) : [];
  throw new RetrievalError({
    code: 'invalid-config',
    origin: adapter,
    problem:
      unknown.length > 0
        ? `${[...issue!.path, ...unknown].join('.')} is not a setting.`
        : `${issue!.path.join('.')} is not right: ${expected(issue!)} was expected.`,
    nextStep: `Known are ${known}.`,
    cause: result.error,
  });
}
