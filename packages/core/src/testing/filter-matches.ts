import type { FieldFilter, Filter, FilterValue } from '../retrieval/seams/filter.ts';

type Payload = Readonly<Record<string, unknown>> | undefined;

/**
 * The meaning of a portable filter, written for readability instead of speed. Every adapter must agree with it.
 *
 * - An absent field, and `null`, satisfy no operator but `ne` and `exists: false`.
 * - On an array each element counts, one level deep, and different elements may satisfy different operators; the
 *   array itself equals nothing. An array without a non-null element is absent.
 * - Values compare with values of their own type only: numbers by size, to the last digit; strings by code point.
 *
 * `native` belongs to one engine and cannot be evaluated here.
 *
 * @example
 * import { filterMatches } from '@secondpass/core/testing';
 * filterMatches({ field: 'year', gte: 1929 }, { year: 1931 }); // → true
 * filterMatches({ field: 'year', gte: 1929 }, {}); // → false
 */
export function filterMatches(filter: Filter, payload: Payload): boolean {
  if ('and' in filter) return filter.and.every((part) => filterMatches(part, payload));
  if ('or' in filter) return filter.or.some((part) => filterMatches(part, payload));
  if ('not' in filter) return !filterMatches(filter.not, payload);
  if ('native' in filter) throw new TypeError('A native filter has no meaning outside its engine.');
  return fieldMatches(filter, payload);
}

function fieldMatches({ field, ...conditions }: FieldFilter, payload: Payload): boolean {
  const values = valuesAt(payload, field.split('.'));
  const any = (test: (value: unknown) => boolean) => values.some(test);
  const { eq, ne, gt, gte, lt, lte, exists } = conditions;
  return (
    (eq === undefined || any((value) => isSame(value, eq))) &&
    (ne === undefined || !any((value) => isSame(value, ne))) &&
    (conditions.in === undefined || any((value) => conditions.in!.some((one) => isSame(value, one)))) &&
    (gt === undefined || any((value) => compare(value, gt) > 0)) &&
    (gte === undefined || any((value) => compare(value, gte) >= 0)) &&
    (lt === undefined || any((value) => compare(value, lt) < 0)) &&
    (lte === undefined || any((value) => compare(value, lte) <= 0)) &&
    (exists === undefined || values.length > 0 === exists)
  );
}

function valuesAt(payload: unknown, path: readonly string[]): readonly unknown[] {
  let value = payload;
  for (const key of path) {
    const reachable = typeof value === 'object' && value !== null && !Array.isArray(value);
    value =
      reachable && Object.hasOwn(value as object, key) ? (value as Record<string, unknown>)[key] : undefined;
  }
  return (Array.isArray(value) ? value : [value]).filter(
    (element) => element !== undefined && element !== null,
  );
}

function isSame(value: unknown, operand: FilterValue): boolean {
  return isNumeric(value) && isNumeric(operand) ? compareNumbers(value, operand) === 0 : value === operand;
}

function isNumeric(value: unknown): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}

/** JavaScript compares the two types exactly, where subtracting would round. */
function compareNumbers(a: number | bigint, b: number | bigint): number {
  if (a < b) return -1;
  return a > b ? 1 : 0;
}

/** NaN, which no comparison accepts, when the types differ. */
function compare(value: unknown, operand: string | number | bigint): number {
  if (isNumeric(value) && isNumeric(operand)) return compareNumbers(value, operand);
  if (typeof value === 'string' && typeof operand === 'string') return compareCodePoints(value, operand);
  return Number.NaN;
}

/** `<` on strings compares UTF-16 units, which puts U+1F319 before U+FFFD; engines compare code points. */
function compareCodePoints(a: string, b: string): number {
  const left = [...a];
  const right = [...b];
  for (let index = 0; index < Math.min(left.length, right.length); index += 1) {
    const difference = left[index]!.codePointAt(0)! - right[index]!.codePointAt(0)!;
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
