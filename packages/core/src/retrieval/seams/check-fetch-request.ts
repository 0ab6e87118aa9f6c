import { z } from 'zod';
import { abortSignal, checkOptions } from '../../foundation/check-options.ts';
import { describeValue } from '../../foundation/describe-value.ts';
import { RetrievalError } from '../../foundation/retrieval-error.ts';
import { checkIds } from './check-ids.ts';

const mostIds = 10_000;

const schema = z.strictObject({
  ids: z.unknown(),
  filter: z.unknown().optional(),
  tenant: z.unknown().optional(),
  signal: abortSignal.optional(),
});

/**
 * Checks the ids to look up. The source checks filter and tenant, as in a search.
 *
 * @throws RetrievalError `invalid-options`
 *
 * @example
 * import { checkFetchRequest } from '@secondpass/core/extend';
 * checkFetchRequest({ ids: ['1', '2'] }, 'my-source'); // { ids: [1] } would throw
 */
export function checkFetchRequest(request: unknown, origin: string): void {
  checkOptions(schema, request, { origin });
  const { ids } = request as { readonly ids?: unknown };
  checkIds(ids, origin);
  if (ids.length <= mostIds) return;
  throw new RetrievalError({
    code: 'invalid-options',
    origin,
    problem: `ids is ${describeValue(ids)}.`,
    nextStep: `Ask for at most ${mostIds.toLocaleString('en')} at a time.`,
    path: ['ids'],
  });
}
