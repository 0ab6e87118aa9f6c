import { RetrievalError } from '@secondpass/core';
import { z } from 'zod';
import { expected } from '../config/config-problems.ts';
import { integer } from '../config/config-values.ts';
import type { SourceSettings } from './adapter.ts';

const member = z.strictObject({
  source: z.looseObject({ adapter: z.string().min(1) }),
  timeoutMs: integer(1, 2 ** 31 - 1).optional(),
  depth: integer(1, 10_000).optional(),
  required: z.boolean().optional(),
  idPrefix: z.string().optional(),
});

/** What stands beside `adapter: federated`; core's `fusedSource` says what each means. */
const federated = z.strictObject({
  sources: z.array(member).min(2),
  fusion: z
    .strictObject({
      method: z.enum(['rrf', 'weighted']),
      k: z.number().optional(),
      weights: z.array(z.number()).optional(),
    })
    .optional(),
  minimumSources: integer(1, 1_000).optional(),
  mergeBy: z
    .union([z.enum(['id', 'text']), z.strictObject({ payload: z.string().min(1) })], {
      error: 'id, text or { payload: FIELD }',
    })
    .optional(),
  name: z.string().min(1).optional(),
});

export type FederatedMember = z.infer<typeof member>;
export type FederatedSettings = z.infer<typeof federated>;

/** @throws RetrievalError `invalid-config`, naming the key */
export function parseFederated(settings: SourceSettings): FederatedSettings {
  const result = federated.safeParse(settings);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const unknown = issue!.code === 'unrecognized_keys' ? issue!.keys.slice(0, 1) : [];
  throw new RetrievalError({
    code: 'invalid-config',
    origin: 'federated',
    problem:
      unknown.length > 0
        ? `${[...issue!.path, ...unknown].join('.')} is not a setting.`
        : `${issue!.path.join('.')} is not right: ${expected(issue!)} was expected.`,
    nextStep:
      'Known are sources (each with source, timeoutMs, depth, required, idPrefix), fusion, minimumSources, mergeBy and name.',
    cause: result.error,
  });
}

/** Whether nothing that the block names reads vectors, so that no embedder is needed. */
export function searchesByText({ match, sources }: SourceSettings): boolean {
  if (!Array.isArray(sources)) return match === 'text';
  return sources.every(({ source }: FederatedMember) => searchesByText(source));
}
