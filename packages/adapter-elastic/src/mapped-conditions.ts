import { type FilterValue, RetrievalError } from '@secondpass/core';
import type { ElasticObject } from './elastic-client.ts';
import { type FieldConditions, nothing } from './elastic-filter.ts';
import { type FieldMapping, fieldMapping } from './elastic-mapping.ts';

/** The integers that a field of the type holds. */
const integers: Readonly<Record<string, readonly [least: bigint, most: bigint]>> = {
  byte: [-(2n ** 7n), 2n ** 7n - 1n],
  short: [-(2n ** 15n), 2n ** 15n - 1n],
  integer: [-(2n ** 31n), 2n ** 31n - 1n],
  long: [-(2n ** 63n), 2n ** 63n - 1n],
  unsigned_long: [0n, 2n ** 64n - 1n],
};
const fractions = ['double', 'float', 'half_float', 'scaled_float'];
const strings = [
  'keyword',
  'constant_keyword',
  'wildcard',
  'flattened',
  'ip',
  'version',
  'date',
  'date_nanos',
];

/**
 * Conditions on an index of another program, by the types of its mapping: an analyzed text field is compared by its
 * keyword field. A value of another type than the field's matches nothing, and neither does an unmapped field.
 *
 * @throws RetrievalError `invalid-filter` for a field that cannot be compared, such as one inside `nested`
 */
export function mappedConditions(
  mapping: FieldMapping,
  payload: string | null,
  origin: string,
): FieldConditions {
  const pathOf = (field: string) => (payload === null ? field : `${payload}.${field}`);
  return {
    anyOf(field, values) {
      const target = resolve(field);
      if (target === undefined) return nothing;
      const fitting = values.filter((value) => takes(target, value) && outside(target, value) === 0);
      return fitting.length === 0 ? nothing : { terms: { [target.path]: fitting.map(written) } };
    },
    compares(field, operator, operand) {
      const target = resolve(field);
      if (target === undefined || !takes(target, operand)) return nothing;
      // Elasticsearch refuses a bound outside the field's range; all values are on one side of it.
      const side = outside(target, operand);
      if (side !== 0)
        return side > 0 === operator.startsWith('l') ? { exists: { field: target.path } } : nothing;
      return { range: { [target.path]: { [operator]: written(operand) } } };
    },
    exists: (field): ElasticObject => ({ exists: { field: pathOf(field) } }),
  };

  /** Whether a field of this type may hold the value. @throws RetrievalError `invalid-filter` if it would be rounded */
  function takes({ path, takes: type, rounds }: Target, value: FilterValue): boolean {
    if (typeof value !== 'bigint') return typeof value === type;
    if (type !== 'number') return false;
    if (!rounds) return true;
    throw new RetrievalError({
      code: 'invalid-filter',
      origin,
      problem: `The filter compares "${path}" with ${value}, and a field of type ${rounds} rounds that integer.`,
      nextStep: 'Map the field as long, unsigned_long or keyword.',
    });
  }

  function resolve(field: string): Target | undefined {
    const path = pathOf(field);
    const found = fieldMapping(mapping, path);
    if (found === undefined) return undefined;
    const keyword = Object.entries(found.fields ?? {}).find(([, { type }]) => type === 'keyword')?.[0];
    const { type = 'object' } = found;
    if (type in integers) return { path, takes: 'number', range: integers[type]! };
    if (fractions.includes(type)) return { path, takes: 'number', rounds: type };
    if (type === 'boolean') return { path, takes: 'boolean' };
    if (strings.includes(type)) return { path, takes: 'string' };
    if (type === 'text' && keyword !== undefined) return { path: `${path}.${keyword}`, takes: 'string' };
    if (type === 'object') return undefined;
    throw new RetrievalError({
      code: 'invalid-filter',
      origin,
      problem: `The field "${path}" is of type ${type}, which a portable filter cannot compare.`,
      nextStep:
        type === 'text'
          ? 'Give it a keyword field in the mapping, or use a native filter.'
          : 'Use a native filter.',
    });
  }
}

interface Target {
  readonly path: string;
  /** The JavaScript type of its values. */
  readonly takes: string;
  /** Of integers. */
  readonly range?: readonly [least: bigint, most: bigint];
  /** Its type, if that type rounds integers. */
  readonly rounds?: string;
}

/** −1 below everything that the field can hold, 1 above, otherwise 0. */
function outside({ range }: Target, value: FilterValue): -1 | 0 | 1 {
  if (range === undefined || typeof value === 'string' || typeof value === 'boolean') return 0;
  if (value < range[0]) return -1;
  return value > range[1] ? 1 : 0;
}

/** As text, because a caller's client cannot write a bigint; Elasticsearch reads the integer exactly. */
function written(value: FilterValue): string | number | boolean {
  return typeof value === 'bigint' ? String(value) : value;
}
