import { z } from 'zod';
import { integer } from '../config/config-values.ts';
import type { SourceSettings } from './adapter.ts';
import { parseSettings } from './parse-settings.ts';

const member = z.strictObject({
  source: z.looseObject({ adapter: z.string().min(1) }),
  timeoutMs: integer(1, 2 ** 31 - 1).optional(),
  depth: integer(1, 10_000).optional(),
  required: z.boolean().optional(),
  idPrefix: z.string().optional(),
});

/** What stands next to `adapter: federated`; core's `fusedSource` says what each means. */
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
  return parseSettings(federated, settings, {
    adapter: 'federated',
    known:
      'sources (each with source, timeoutMs, depth, required, idPrefix), fusion, minimumSources, mergeBy and name',
  });
}
