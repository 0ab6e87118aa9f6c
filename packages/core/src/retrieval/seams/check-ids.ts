import { describeValue } from '../../foundation/describe-value.ts';
import { RetrievalError } from '../../foundation/retrieval-error.ts';

/**
 * Ids are a list of strings.
 *
 * @throws RetrievalError `invalid-options` unless it is a list of strings
 *
 * @example
 * import { checkIds } from '@secondpass/core/extend';
 * const ids: unknown = ['1', '2'];
 * checkIds(ids, 'my-writer');
 * ids.length; // → 2
 */
export function checkIds(ids: unknown, origin: string): asserts ids is readonly string[] {
  const wrong = Array.isArray(ids) ? ids.findIndex((id) => typeof id !== 'string') : -1;
  if (Array.isArray(ids) && wrong === -1) return;
  throw new RetrievalError({
    code: 'invalid-options',
    origin,
    problem: Array.isArray(ids)
      ? `ids[${wrong}] is ${describeValue(ids[wrong])}.`
      : `ids is ${describeValue(ids)}.`,
    nextStep: 'Pass a list of strings.',
  });
}
