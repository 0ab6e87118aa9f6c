import { RetrievalError } from '@secondpass/core';
import type { ElasticObject } from './elastic-client.ts';
import { type FieldConditions, nothing } from './elastic-filter.ts';
import { type FieldMapping, fieldMapping } from './elastic-mapping.ts';

const numbers = [
  'long',
  'integer',
  'short',
  'byte',
  'double',
  'float',
  'half_float',
  'scaled_float',
  'unsigned_long',
];
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
 * Conditions on an index that was there before, by the types of its mapping: what was analyzed into words is asked by
 * its keyword field. A value of another type than the field's matches nothing, and neither does an unmapped field.
 *
 * @throws RetrievalError `invalid-filter` for a field that cannot be asked so, such as one inside `nested`
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
      const fitting = target === undefined ? [] : values.filter((value) => target.takes === typeof value);
      return target === undefined || fitting.length === 0 ? nothing : { terms: { [target.path]: fitting } };
    },
    compares(field, operator, operand) {
      const target = resolve(field);
      if (target === undefined || target.takes !== typeof operand) return nothing;
      return { range: { [target.path]: { [operator]: operand } } };
    },
    exists: (field): ElasticObject => ({ exists: { field: pathOf(field) } }),
  };

  function resolve(field: string): { readonly path: string; readonly takes: string } | undefined {
    const path = pathOf(field);
    const found = fieldMapping(mapping, path);
    if (found === undefined) return undefined;
    const keyword = Object.entries(found.fields ?? {}).find(([, { type }]) => type === 'keyword')?.[0];
    const { type = 'object' } = found;
    if (numbers.includes(type)) return { path, takes: 'number' };
    if (type === 'boolean') return { path, takes: 'boolean' };
    if (strings.includes(type)) return { path, takes: 'string' };
    if (type === 'text' && keyword !== undefined) return { path: `${path}.${keyword}`, takes: 'string' };
    if (type === 'object') return undefined;
    throw new RetrievalError({
      code: 'invalid-filter',
      origin,
      problem: `The field "${path}" is of type ${type}, which a portable filter cannot ask.`,
      nextStep:
        type === 'text'
          ? 'Give it a keyword field in the mapping, or use a native filter.'
          : 'Use a native filter.',
    });
  }
}
