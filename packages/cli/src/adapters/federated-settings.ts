import { checkOptions, flag, fusionSchema, integer, milliseconds, text } from '@secondpass/core/extend';
import { z } from 'zod';
import type { SourceSettings } from './adapter.ts';

const member = z.strictObject({
  source: z.looseObject({ adapter: text }),
  timeoutMs: milliseconds.optional(),
  depth: integer(1, 10_000).optional(),
  required: flag.optional(),
  idPrefix: z.string().optional(),
});

/** The keys next to `adapter: federated`; core's `fusedSource` documents each. */
const schemaFor = (count: number) =>
  z.strictObject({
    sources: z.array(member).min(2, 'a list of at least 2'),
    fusion: fusionSchema(count).optional(),
    minimumSources: integer(1, count).optional(),
    mergeBy: z
      .union([z.enum(['id', 'text']), z.strictObject({ payload: text })], {
        error: 'id, text or { payload: FIELD }',
      })
      .optional(),
    name: text.optional(),
  });

export type FederatedMember = z.infer<typeof member>;
export type FederatedSettings = z.infer<ReturnType<typeof schemaFor>>;

/** @throws RetrievalError `invalid-config`, whose `path` leads to the key */
export function checkFederated(settings: SourceSettings): FederatedSettings {
  const { sources } = settings;
  const count = Array.isArray(sources) ? Math.max(2, sources.length) : 2;
  return checkOptions(schemaFor(count), settings, { origin: 'federated', code: 'invalid-config' });
}
