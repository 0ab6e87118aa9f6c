import { describeValue } from '../../foundation/describe-value.ts';
import { RetrievalError } from '../../foundation/retrieval-error.ts';
import type { StoredTokenVectors } from './token-vector-store.ts';

/**
 * What a store of token vectors is to keep: each entry has a vector for at least one token, and no number that is missing or
 * not finite would come back as another.
 *
 * @throws RetrievalError `invalid-options` unless it is a list of `{ id, digest, vectors }`
 *
 * @example
 * import { checkTokenVectors } from '@secondpass/core/extend';
 * const vectors = { dimensions: 2, values: Int8Array.of(127, 0), scale: 1 / 127, tokensCut: 0 };
 * const entries: unknown = [{ id: '1', digest: 'abc', vectors }];
 * checkTokenVectors(entries, 'my-store');
 * entries[0]?.id; // → '1'
 */
export function checkTokenVectors(
  entries: unknown,
  origin: string,
): asserts entries is readonly StoredTokenVectors[] {
  if (!Array.isArray(entries)) return refuse(`entries is ${describeValue(entries)}.`, origin);
  for (const [index, entry] of entries.entries()) {
    const problem = problemOf(entry);
    if (problem !== undefined) refuse(`entries[${index}]${problem}.`, origin);
  }
}

function problemOf(entry: Partial<StoredTokenVectors> | null | undefined): string | undefined {
  if (typeof entry?.id !== 'string') return `.id is ${describeValue(entry?.id)}`;
  if (typeof entry.digest !== 'string') return `.digest is ${describeValue(entry.digest)}`;
  const { dimensions, values, scale, tokensCut } = entry.vectors ?? {};
  // Not by `instanceof`: an array of another realm (a worker, a test runner) has another Float32Array.
  const kind = Object.prototype.toString.call(values);
  if (kind !== '[object Float32Array]' && kind !== '[object Int8Array]')
    return `.vectors.values is ${describeValue(values)}`;
  const numbers = values as Float32Array | Int8Array;
  if (!Number.isInteger(dimensions) || Number(dimensions) < 1)
    return `.vectors.dimensions is ${describeValue(dimensions)}`;
  if (numbers.length === 0 || numbers.length % Number(dimensions) !== 0)
    return `.vectors.values has ${numbers.length} numbers, no multiple of ${dimensions} dimensions`;
  const wrong = numbers.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) return `.vectors.values[${wrong}] is ${numbers[wrong]}`;
  if (!Number.isFinite(scale) || Number(scale) <= 0) return `.vectors.scale is ${describeValue(scale)}`;
  if (!Number.isInteger(tokensCut) || Number(tokensCut) < 0)
    return `.vectors.tokensCut is ${describeValue(tokensCut)}`;
  return undefined;
}

function refuse(problem: string, origin: string): never {
  throw new RetrievalError({
    code: 'invalid-options',
    origin,
    problem,
    nextStep:
      'Pass a list of { id, digest, vectors }; vectors is { dimensions, values, scale, tokensCut }, with values a Float32Array or Int8Array [tokens, dimensions].',
  });
}
