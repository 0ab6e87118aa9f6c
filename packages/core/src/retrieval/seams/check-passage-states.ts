import { z } from 'zod';
import { checkOptions, integer } from '../../foundation/check-options.ts';
import { describeValue } from '../../foundation/describe-value.ts';
import { RetrievalError } from '../../foundation/retrieval-error.ts';
import type { StoredPassageStates } from './passage-state-store.ts';

const pageSchema = z.strictObject({ after: z.string().optional(), limit: integer(1, 10_000_000) });

/**
 * What a store of passage states is to keep.
 *
 * @throws RetrievalError `invalid-options` unless it is a list of `{ digest, bytes }`
 *
 * @example
 * import { checkPassageStates } from '@secondpass/core/extend';
 * const entries: unknown = [{ digest: 'abc', bytes: Uint8Array.of(1) }];
 * checkPassageStates(entries, 'my-store');
 * entries[0]?.digest; // → 'abc'
 */
export function checkPassageStates(
  entries: unknown,
  origin: string,
): asserts entries is readonly StoredPassageStates[] {
  const isList = Array.isArray(entries);
  const wrong = isList ? entries.findIndex((entry) => !isEntry(entry)) : -1;
  if (isList && wrong === -1) return;
  throw new RetrievalError({
    code: 'invalid-options',
    origin,
    problem: isList
      ? `entries[${wrong}] is not an entry with digest and bytes.`
      : `entries is ${describeValue(entries)}.`,
    nextStep: 'Pass a list of { digest, bytes }: a string and a Uint8Array.',
  });
}

/**
 * The page of digests that a store of passage states is asked for.
 *
 * @throws RetrievalError `invalid-options`
 *
 * @example
 * import { checkStatesPage } from '@secondpass/core/extend';
 * checkStatesPage({ limit: 100 }, 'my-store'); // → { limit: 100 }
 */
export function checkStatesPage(
  page: unknown,
  origin: string,
): { readonly after?: string | undefined; readonly limit: number } {
  return checkOptions(pageSchema, page, { origin });
}

function isEntry(entry: Partial<StoredPassageStates> | null | undefined): boolean {
  return typeof entry?.digest === 'string' && ArrayBuffer.isView(entry.bytes);
}
