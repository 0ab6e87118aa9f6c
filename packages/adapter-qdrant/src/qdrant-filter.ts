import { type FieldFilter, type Filter, type FilterValue, RetrievalError } from '@secondpass/core';
import type { QdrantCondition } from './qdrant-client.ts';
import { reservedField } from './qdrant-names.ts';
import { type Comparison, compareStrings, longestComparedString } from './string-order.ts';

export interface FilterTarget {
  /** Field of the point's payload that the filter's fields are in; `null` for the top level. */
  readonly payloadField: string | null;
  /** Whether the writer made the points: it stores keys that Qdrant cannot name under another name. */
  readonly ours: boolean;
  /** Whether the points have the numbers for comparing strings. */
  readonly stringOrder: boolean;
  /** The error's `origin`. */
  readonly name: string;
}

const comparisons = ['gt', 'gte', 'lt', 'lte'] as const satisfies readonly Comparison[];

/**
 * Compiles a filter to one of Qdrant's conditions. Field names become quoted path segments, and values are only used
 * as values.
 *
 * @throws RetrievalError `invalid-filter`, naming the part that this collection does not support
 */
export function filterCondition(filter: Filter, target: FilterTarget): QdrantCondition {
  return compile(filter);

  function compile(part: Filter): QdrantCondition {
    if ('and' in part) return { must: part.and.map(compile) };
    if ('or' in part) return { should: part.or.map(compile) };
    if ('not' in part) return { must_not: [compile(part.not)] };
    if ('native' in part) return native(part.native);
    return compileField(part);
  }

  function compileField({ field, ...conditions }: FieldFilter): QdrantCondition {
    const key = fieldKey(field, target);
    const { eq, ne, exists } = conditions;
    const must: QdrantCondition[] = [];
    for (const value of [eq, ne, ...(conditions.in ?? [])])
      if (typeof value === 'bigint') checkInteger(field, value);
    if (eq !== undefined) must.push(equals(key, eq));
    if (ne !== undefined) must.push({ must_not: [equals(key, ne)] });
    if (conditions.in !== undefined) must.push(oneOf(key, conditions.in));
    for (const comparison of comparisons) {
      const operand = conditions[comparison];
      if (operand === undefined) continue;
      if (typeof operand === 'bigint') {
        refuse(
          `${comparison} compares "${field}" with ${operand}, and Qdrant rounds integers beyond 2^53 when it compares`,
          'Ask with eq or in, or store the number as a string of fixed length in a collection with stringOrder: true.',
        );
      }
      must.push(
        typeof operand === 'number'
          ? { key, range: { [comparison]: operand } }
          : compareText(field, comparison, operand),
      );
    }
    if (exists !== undefined) must.push(exists ? present(key) : { must_not: [present(key)] });
    return must.length === 1 ? must[0]! : { must };
  }

  function compareText(field: string, comparison: Comparison, operand: string): QdrantCondition {
    if (!target.stringOrder) {
      refuse(
        `${comparison} compares "${field}" with a string, which Qdrant itself cannot do`,
        target.ours
          ? 'Fill a collection with stringOrder: true, or ask with eq and in.'
          : 'Index the documents with qdrantWriter, or pass {"native": {"key": …, "range": …}} for a field of dates.',
      );
    }
    if (Buffer.byteLength(operand) > longestComparedString) {
      refuse(
        `${comparison} compares "${field}" with a string of ${Buffer.byteLength(operand)} bytes`,
        `Use at most ${longestComparedString} bytes; stored strings may be longer.`,
      );
    }
    const key = pathOf([reservedField, 'order', storedKey(field)]);
    return { nested: { key, filter: { should: compareStrings(comparison, operand) } } };
  }

  /** Qdrant matches signed integers of 64 bits, and compares all other numbers as float64. */
  function checkInteger(field: string, value: bigint): void {
    if (BigInt.asIntN(64, value) === value) return;
    refuse(
      `The filter looks for ${value} in "${field}", but Qdrant matches integers only up to 2^63 − 1`,
      'Store such numbers as strings.',
    );
  }

  function native(condition: unknown): QdrantCondition {
    if (typeof condition !== 'object' || condition === null || Array.isArray(condition)) {
      refuse(
        'The native filter is not an object',
        'Write one of Qdrant\'s: {"must": [{"key": "payload.lang", …}]}.',
      );
    }
    return condition as QdrantCondition;
  }

  function refuse(problem: string, nextStep: string): never {
    throw new RetrievalError({
      code: 'invalid-filter',
      origin: target.name,
      problem: `${problem}.`,
      nextStep,
    });
  }
}

/**
 * The condition that no filter may widen: it is next to the user's filter in `must`, not inside it. The field must be
 * exactly that string. Points of the writer hold nothing else; in other points, a list that contains the tenant does
 * not match.
 */
export function tenantCondition(field: string, tenant: string, target: FilterTarget): QdrantCondition {
  const key = fieldKey(field, target);
  const equal = equals(key, tenant);
  return target.ours ? equal : { must: [equal, { is_empty: { key: `${key}[]` } }] };
}

export function isNative(filter: Filter): boolean {
  if ('and' in filter) return filter.and.some(isNative);
  if ('or' in filter) return filter.or.some(isNative);
  return 'not' in filter ? isNative(filter.not) : 'native' in filter;
}

function equals(key: string, value: FilterValue): QdrantCondition {
  // `match` accepts integers only, and would not find a 20 that is stored as 20.0; a range rounds beyond 2^53, where
  // `match` is exact.
  if (typeof value === 'number') return { key, range: { gte: value, lte: value } };
  return { key, match: { value } };
}

function oneOf(key: string, values: readonly FilterValue[]): QdrantCondition {
  const strings = values.filter((value) => typeof value === 'string');
  const others = values.filter((value) => typeof value !== 'string').map((value) => equals(key, value));
  return { should: [...(strings.length > 0 ? [{ key, match: { any: strings } }] : []), ...others] };
}

/** Qdrant's `is_empty` does not treat [null] as empty; here an array of nulls counts as absent. */
function present(key: string): QdrantCondition {
  const elements = `${key}[]`;
  const somethingButNoArray = { must_not: [{ is_empty: { key } }, { is_null: { key: elements } }] };
  const someElement = { must_not: [{ is_empty: { key: elements } }] };
  // [[], null] is present: it contains a list, though an empty one.
  const someEmptyElement = { must: [{ is_null: { key: elements } }, { key: elements, is_null: false }] };
  return { should: [somethingButNoArray, someElement, someEmptyElement] };
}

function fieldKey(field: string, { payloadField, ours, name }: FilterTarget): string {
  if (!field.isWellFormed() || (!ours && /["\\]/.test(field))) {
    throw new RetrievalError({
      code: 'invalid-filter',
      origin: name,
      problem: `The field name ${JSON.stringify(field)} contains a character that Qdrant's paths do not allow.`,
      nextStep: 'Filter on another field, or index the documents with qdrantWriter.',
    });
  }
  const segments = field.split('.').map((segment) => (ours ? storedKey(segment) : segment));
  return pathOf(payloadField === null ? segments : [payloadField, ...segments]);
}

/** Qdrant reads a quoted segment verbatim; it must not contain a quote or a backslash. */
export function pathOf(segments: readonly string[]): string {
  return segments.map((segment) => `"${segment}"`).join('.');
}

/** The name under which a payload key is stored: itself, unless it has a quote or a backslash. No two keys share one. */
export function storedKey(key: string): string {
  return key
    .replaceAll(/%(?=22|5C|25)/g, '%25')
    .replaceAll('"', '%22')
    .replaceAll('\\', '%5C');
}
