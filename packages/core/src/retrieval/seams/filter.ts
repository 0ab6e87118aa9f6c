import { RetrievalError } from '../../foundation/retrieval-error.ts';

/** A payload value that a filter can compare with. Dates are ISO 8601 strings. */
export type FilterValue = string | number | boolean;

/**
 * A condition on one payload field; all operators that it names must hold.
 *
 * On an array field an operator holds when it holds for any element, each operator on its own and one level deep.
 * Numbers compare with numbers only, strings with strings only, by code point. `ne` is the opposite of `eq`, and so
 * holds where the field is absent; a field that is null, `[]` or `[null]` counts as absent. The same in code:
 * `filterMatches` of `@secondpass/core/testing`.
 */
export interface FieldFilter {
  /** Name of a top-level payload field; dots reach into objects: `author.name`. */
  readonly field: string;
  readonly eq?: FilterValue;
  readonly ne?: FilterValue;
  readonly in?: readonly FilterValue[];
  readonly gt?: string | number;
  readonly gte?: string | number;
  readonly lt?: string | number;
  readonly lte?: string | number;
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
const deepest = 32;

/**
 * Checks an unknown value, such as parsed JSON, and gives it back as a filter.
 *
 * @param origin who asks, for the error's `origin`
 * @throws RetrievalError `invalid-filter`, naming the path of the offending part
 */
export function parseFilter(value: unknown, origin: string): Filter {
  check(value, 'filter', 1);
  return value as Filter;

  function check(part: unknown, path: string, depth: number): void {
    if (depth > deepest) refuse(path, `is nested more than ${deepest} levels deep`, 'Flatten it.');
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
    const names = Object.keys(conditions);
    if (names.length === 0) {
      refuse(path, `names the field "${field}" and no operator`, `Add one of ${operators.join(', ')}.`);
    }
    for (const name of names) {
      const operand = conditions[name];
      const here = `${path}.${name}`;
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
    }
  }

  function refuse(path: string, problem: string, nextStep: string): never {
    throw new RetrievalError({ code: 'invalid-filter', origin, problem: `${path} ${problem}.`, nextStep });
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isFilterValue(value: unknown): value is FilterValue {
  if (typeof value === 'string') return value.isWellFormed() && !value.includes('\0');
  return typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value));
}

function describe(value: unknown): string {
  const json = JSON.stringify(value) ?? String(value);
  return json.length > 80 ? `${json.slice(0, 77)}…` : json;
}
