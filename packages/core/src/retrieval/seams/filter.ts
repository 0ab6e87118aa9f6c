import { describeAsJson } from '../../foundation/describe-value.ts';
import { isExactEverywhere, isPerhapsRounded } from '../../foundation/exact-numbers.ts';
import { RetrievalError } from '../../foundation/retrieval-error.ts';

/**
 * A payload value that a filter can compare with. Dates are ISO 8601 strings. An integer outside ±(2^53 − 1) is a `bigint` of at
 * most 64 bits, because a `number` would round it.
 */
export type FilterValue = string | number | bigint | boolean;

/**
 * A condition on one payload field; all operators that it names must hold.
 *
 * On an array field an operator holds when it holds for any element, each operator on its own and one level deep.
 * Numbers compare with numbers only, to the last digit; strings with strings only, by code point. `ne` is the
 * opposite of `eq`, and so holds if the field is absent; a field that is null, `[]` or `[null]` counts as absent. The
 * same in code: `filterMatches` of `@secondpass/core/testing`.
 */
export interface FieldFilter {
  /** Name of a top-level payload field; dots reach into objects: `author.name`. */
  readonly field: string;
  /** The field is this value. */
  readonly eq?: FilterValue;
  /** The field is not this value, or is absent. */
  readonly ne?: FilterValue;
  /** The field is one of these values, at least one. */
  readonly in?: readonly FilterValue[];
  /** The field is above this number, or after this string by code point. */
  readonly gt?: string | number | bigint;
  /** The same, or equal. */
  readonly gte?: string | number | bigint;
  /** The field is below this number, or before this string by code point. */
  readonly lt?: string | number | bigint;
  /** The same, or equal. */
  readonly lte?: string | number | bigint;
  /** Whether the field is there and not `null`. */
  readonly exists?: boolean;
}

/** The portable filter language: every adapter compiles it to its engine; `native` passes an engine's own through. */
export type Filter =
  | FieldFilter
  | { readonly and: readonly Filter[] }
  | { readonly or: readonly Filter[] }
  | { readonly not: Filter }
  | { readonly native: unknown };

const comparisons = ['gt', 'gte', 'lt', 'lte'] as const;
const operators = ['eq', 'ne', 'in', ...comparisons, 'exists'] as const;

/**
 * Limits that every engine can handle; beyond them, each engine fails in its own way, and some only after half a
 * minute.
 */
export const filterLimits = {
  /** Levels of nested `and`, `or` and `not`. */
  levels: 32,
  /** Operators of all fields together. */
  operators: 500,
  /** Values of all operators together; each value in a list of `in` counts. */
  values: 10_000,
  /** Characters of all strings together, as JavaScript counts them. */
  characters: 1_000_000,
  /** Characters of one field's path. */
  path: 1000,
  /** Names in one field's path: `author.name` has two. */
  names: 32,
} as const;

/**
 * Checks an unknown value, such as parsed JSON, and gives it back as a filter. It may be as large as `filterLimits`
 * says: 32 levels, 500 operators, 10,000 values, 1,000,000 characters; a field's path has at most 32 names.
 *
 * @param origin the error's `origin`
 * @throws RetrievalError `invalid-filter`, naming the path of the offending part
 *
 * @example
 * import { parseFilter } from '@secondpass/core';
 * const filter = parseFilter(JSON.parse('{ "field": "year", "gte": 1929 }'), 'my-server');
 * filter; // → { field: 'year', gte: 1929 }
 */
export function parseFilter(value: unknown, origin: string): Filter {
  let [operatorCount, valueCount, characterCount] = [0, 0, 0];
  check(value, 'filter', 1);
  return value as Filter;

  function check(part: unknown, path: string, depth: number): void {
    const { levels } = filterLimits;
    if (depth > levels) refuse(path, `is nested more than ${levels} levels deep`, 'Flatten it.');
    if (!isRecord(part)) {
      refuse(path, `is ${describe(part)}`, 'Write an object such as {"field": "lang", "eq": "en"}.');
    }
    const keys = Object.keys(part);
    if ('field' in part) return checkField(part, path);
    const [key, ...more] = keys;
    if (key === undefined || more.length > 0) {
      refuse(path, `has the keys [${keys.join(', ')}]`, 'Write exactly one of field, and, or, not, native.');
    }
    if (key === 'native') return;
    if (key === 'not') return check(part[key], `${path}.not`, depth + 1);
    if (key !== 'and' && key !== 'or') {
      refuse(path, `has the unknown key "${key}"`, 'Write one of field, and, or, not, native.');
    }
    const parts = part[key];
    if (!Array.isArray(parts) || parts.length === 0) {
      refuse(`${path}.${key}`, `is ${describe(parts)}`, 'Write a list of at least one filter.');
    }
    for (const [index, inner] of parts.entries()) check(inner, `${path}.${key}[${index}]`, depth + 1);
  }

  function checkField(part: Record<string, unknown>, path: string): void {
    const { field, ...conditions } = part;
    if (typeof field !== 'string' || field === '' || field.split('.').includes('') || !isFilterValue(field)) {
      refuse(
        `${path}.field`,
        `is ${describe(field)}`,
        'Name a payload field, such as "lang" or "author.name".',
      );
    }
    checkPath(field, `${path}.field`);
    const names = Object.keys(conditions);
    if (names.length === 0) {
      refuse(path, `names the field "${field}" and no operator`, `Add one of ${operators.join(', ')}.`);
    }
    for (const name of names) {
      const operand = conditions[name];
      const here = `${path}.${name}`;
      refuseInexact(operand, here);
      if (!(operators as readonly string[]).includes(name)) {
        refuse(here, 'is not an operator', `Use ${operators.join(', ')}.`);
      }
      if (name === 'exists' && typeof operand !== 'boolean') {
        refuse(here, `is ${describe(operand)}`, 'Write true or false.');
      }
      if (name === 'in' && !(Array.isArray(operand) && operand.length > 0 && operand.every(isFilterValue))) {
        refuse(
          here,
          `is ${describe(operand)}`,
          'Write a list of at least one string, finite number or boolean.',
        );
      }
      if ((name === 'eq' || name === 'ne') && !isFilterValue(operand)) {
        refuse(here, `is ${describe(operand)}`, 'Write a string, a finite number or a boolean.');
      }
      if (
        (comparisons as readonly string[]).includes(name) &&
        !(isFilterValue(operand) && typeof operand !== 'boolean')
      ) {
        refuse(here, `is ${describe(operand)}`, 'Write a finite number or a string.');
      }
      count(operand, here);
    }
  }

  /** A rounded number would match other rows, or none. */
  function refuseInexact(operand: unknown, path: string): void {
    for (const value of [operand].flat()) {
      if (isPerhapsRounded(value)) {
        refuse(
          path,
          `is ${describe(operand)}, and a number does not hold ${describe(value)} exactly`,
          'Write it as a bigint, such as 1784530912236650497n, or parse the filter with parseJson of @secondpass/core/extend.',
        );
      }
      if (typeof value === 'bigint' && !isExactEverywhere(value)) {
        refuse(path, `has an integer of ${String(value).length} digits`, 'Use integers of at most 64 bits.');
      }
    }
  }

  function checkPath(field: string, path: string): void {
    const { path: longest, names } = filterLimits;
    if (field.length > longest) {
      refuse(path, `has ${inWords(field.length)} characters`, `Use at most ${inWords(longest)}.`);
    }
    const levels = field.split('.').length;
    if (levels > names) {
      refuse(
        path,
        `reaches ${inWords(levels)} objects deep`,
        `Use at most ${names} names with dots between.`,
      );
    }
  }

  /** Adds one operator to the filter's totals. */
  function count(operand: unknown, path: string): void {
    const values = [operand].flat();
    operatorCount += 1;
    valueCount += values.length;
    for (const one of values) if (typeof one === 'string') characterCount += one.length;
    for (const [found, limit, what] of [
      [operatorCount, filterLimits.operators, 'operators'],
      [valueCount, filterLimits.values, 'values'],
      [characterCount, filterLimits.characters, 'characters in strings'],
    ] as const) {
      if (found <= limit) continue;
      refuse(
        path,
        `brings the filter to ${inWords(found)} ${what}, and ${inWords(limit)} are the most`,
        'Split it into several searches, or filter on a field that expresses the same in fewer values.',
      );
    }
  }

  function refuse(path: string, problem: string, nextStep: string): never {
    throw new RetrievalError({ code: 'invalid-filter', origin, problem: `${path} ${problem}.`, nextStep });
  }
}

function inWords(count: number): string {
  return count.toLocaleString('en');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isFilterValue(value: unknown): value is FilterValue {
  if (typeof value === 'string') return value.isWellFormed() && !value.includes('\0');
  return (
    typeof value === 'boolean' ||
    typeof value === 'bigint' ||
    (typeof value === 'number' && Number.isFinite(value))
  );
}

function describe(value: unknown): string {
  // JSON writes both as null.
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  const json = describeAsJson(Array.isArray(value) ? value.slice(0, 40) : value, Number.POSITIVE_INFINITY);
  return json.length > 80 ? `${json.slice(0, 77)}…` : json;
}
