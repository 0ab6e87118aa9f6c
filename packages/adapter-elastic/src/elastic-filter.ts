import { type FieldFilter, type Filter, type FilterValue, RetrievalError } from '@secondpass/core';
import type { ElasticObject } from './elastic-client.ts';

/** How conditions on one payload field are written for an index. */
export interface FieldConditions {
  anyOf(field: string, values: readonly FilterValue[]): ElasticObject;
  compares(field: string, operator: Comparison, operand: string | number | bigint): ElasticObject;
  exists(field: string): ElasticObject;
}

export type Comparison = (typeof comparisons)[number];

export const comparisons = ['gt', 'gte', 'lt', 'lte'] as const;

/** Matches no document; Elasticsearch refuses `match_none` in some places that take a filter. */
export const nothing: ElasticObject = { match_none: {} };

/**
 * Compiles a filter to a query for Elasticsearch's filter context. Field names and values only become JSON strings in
 * it.
 *
 * @throws RetrievalError `invalid-filter`
 */
export function filterQuery(filter: Filter, conditions: FieldConditions, origin: string): ElasticObject {
  return compile(filter);

  function compile(part: Filter): ElasticObject {
    if ('and' in part) return all(part.and.map(compile));
    if ('or' in part) return any(part.or.map(compile));
    if ('not' in part) return 'not' in part.not ? compile(part.not.not) : negate(compile(part.not));
    if ('native' in part) return native(part.native);
    return compileField(part);
  }

  function compileField({ field, ...asked }: FieldFilter): ElasticObject {
    if (!field.isWellFormed()) refuse('A field name contains a lone surrogate', 'Repair the name.');
    const parts: ElasticObject[] = [];
    if (asked.eq !== undefined) parts.push(conditions.anyOf(field, [asked.eq]));
    if (asked.ne !== undefined) parts.push(negate(conditions.anyOf(field, [asked.ne])));
    if (asked.in !== undefined) parts.push(conditions.anyOf(field, asked.in));
    for (const operator of comparisons) {
      const operand = asked[operator];
      if (operand !== undefined) parts.push(conditions.compares(field, operator, operand));
    }
    if (asked.exists !== undefined) {
      const present = conditions.exists(field);
      parts.push(asked.exists ? present : negate(present));
    }
    return all(parts);
  }

  /** One query clause. It is one of the clauses of an AND and cannot affect anything outside its own braces. */
  function native(clause: unknown): ElasticObject {
    const isObject = typeof clause === 'object' && clause !== null && !Array.isArray(clause);
    if (!isObject || Object.keys(clause).length !== 1) {
      refuse('A native filter is not one query clause', 'Write { "term": { "native.year": 2020 } }.');
    }
    return clause as ElasticObject;
  }

  function refuse(problem: string, nextStep: string): never {
    throw new RetrievalError({ code: 'invalid-filter', origin, problem: `${problem}.`, nextStep });
  }
}

/** Whether the caller wrote a part of the filter in Elasticsearch's own words. */
export function hasNative(filter: Filter | undefined): boolean {
  if (filter === undefined) return false;
  if ('and' in filter) return filter.and.some(hasNative);
  if ('or' in filter) return filter.or.some(hasNative);
  return 'not' in filter ? hasNative(filter.not) : 'native' in filter;
}

/** A single part is not wrapped: Elasticsearch nests at most 30 levels deep. */
function all(parts: readonly ElasticObject[]): ElasticObject {
  return parts.length === 1 ? parts[0]! : { bool: { filter: parts } };
}

function any(parts: readonly ElasticObject[]): ElasticObject {
  return parts.length === 1 ? parts[0]! : { bool: { should: parts, minimum_should_match: 1 } };
}

function negate(part: ElasticObject): ElasticObject {
  return { bool: { must_not: [part] } };
}
