import { type FieldFilter, type Filter, RetrievalError } from '@secondpass/core';
import { stringifyJson } from '@secondpass/core/extend';
import { columnCompares, columnIsOneOf } from './column-conditions.ts';
import { type AddParameter, renumberParameters } from './native-fragment.ts';
import { type PayloadField, type PlacedTable, payloadField } from './payload-place.ts';

/** A filter in PostgreSQL's own words: a boolean expression with `$1`, `$2`… for its own parameters. */
export interface NativePgvectorFilter {
  readonly sql: string;
  /** What `$1`, `$2`… stand for. @default none */
  readonly params?: readonly unknown[];
}

/**
 * Compiles a filter to a boolean SQL expression. Field names and values are sent as parameters only.
 *
 * `eq` and `in` become containment (`@>`), which can use a GIN index on a jsonb payload. A field in its own column
 * means the same, and can use an index on that column. A condition on an absent field may be NULL, which WHERE treats
 * as false; only a negated condition handles NULL explicitly.
 *
 * @throws RetrievalError `invalid-filter`
 */
export function filterExpression(
  filter: Filter,
  { name: origin, payload, unlisted }: Pick<PlacedTable, 'name' | 'payload' | 'unlisted'>,
  addParameter: AddParameter,
): string {
  return compile(filter);

  function compile(part: Filter): string {
    if ('and' in part) return `(${part.and.map(compile).join(' AND ')})`;
    if ('or' in part) return `(${part.or.map(compile).join(' OR ')})`;
    if ('not' in part) return negate(compile(part.not));
    if ('native' in part) return native(part.native);
    return compileField(part);
  }

  function compileField({ field, ...conditions }: FieldFilter): string {
    if (typeof payload !== 'string' && payload.size === 0)
      refuse(`The table has no payload column, and the filter names "${field}"`, 'Set columns.payload.');
    if (!field.isWellFormed()) refuse('A field name contains a lone surrogate', 'Repair the name.');
    const place = payloadField(payload, field);
    // It would match nothing, as a field that no passage has; on a column that is there that is no answer.
    if (place.path.length === 0 && place.column === undefined && unlisted?.has(field)) {
      refuse(
        `The filter names "${field}", a column that columns.payload does not list`,
        'Add it to the list.',
      );
    }
    const parts: string[] = [];
    const { eq, ne, exists } = conditions;
    if (eq !== undefined) parts.push(...quickly(place, [eq]), contains(place, eq));
    if (ne !== undefined) parts.push(negate(contains(place, ne)));
    if (conditions.in !== undefined) {
      const any =
        conditions.in.length > longestAlternative
          ? isAmong(place, conditions.in)
          : `(${conditions.in.map((value) => contains(place, value)).join(' OR ')})`;
      parts.push(...quickly(place, conditions.in), any);
    }
    for (const [name, sign] of comparisons) {
      const operand = conditions[name];
      if (operand === undefined) continue;
      // Like core's language: strict about types, strings by code point, one level deep into arrays.
      const matching = anyElement(
        `@.type() == "${typeof operand === 'string' ? 'string' : 'number'}" && @ ${sign} $operand`,
      );
      const quick = place.column && columnCompares(place.column, sign, operand, addParameter);
      if (quick !== undefined) parts.push(quick);
      parts.push(
        `jsonb_path_exists(${valueAt(place)}, '${matching}', ${addParameter(stringifyJson({ operand }))}::jsonb)`,
      );
    }
    if (exists !== undefined) {
      const present = `jsonb_path_exists(${valueAt(place)}, '${anyElement('@.type() != "null"')}')`;
      parts.push(exists ? present : negate(present));
    }
    return parts.length === 1 ? parts[0]! : `(${parts.join(' AND ')})`;
  }

  /** The scalar itself, or an array with it among its elements. */
  function contains({ root, path }: PayloadField, value: unknown): string {
    const scalar = addParameter(stringifyJson(nest(path, value)));
    const element = addParameter(stringifyJson(nest(path, [value])));
    return `((${root}) @> ${scalar}::jsonb OR (${root}) @> ${element}::jsonb)`;
  }

  function quickly({ column }: PayloadField, values: readonly unknown[]): string[] {
    const quick = column && columnIsOneOf(column, values, addParameter);
    return quick === undefined ? [] : [quick];
  }

  /** The same for many values: PostgreSQL hashes the list, so that a row takes as long as with one value. */
  function isAmong(place: PayloadField, values: readonly unknown[]): string {
    const value = valueAt(place);
    const list = `(SELECT unnest(${addParameter(values.map((one) => stringifyJson(one)))}::jsonb[]))`;
    const elements = `jsonb_array_elements(CASE jsonb_typeof(${value}) WHEN 'array' THEN ${value} END)`;
    return `(${value} IN ${list} OR EXISTS (SELECT FROM ${elements} AS held (element) WHERE element IN ${list}))`;
  }

  /** `->` with a text key works on objects only; `#>` would take "0" for an array position. */
  function valueAt({ root, path }: PayloadField): string {
    return `(${[`(${root})`, ...path.map((key) => `${addParameter(key)}::text`)].join(' -> ')})`;
  }

  function native(fragment: unknown): string {
    const { sql, params = [] } = (fragment ?? {}) as Partial<NativePgvectorFilter>;
    if (typeof sql !== 'string' || sql.trim() === '' || !Array.isArray(params)) {
      refuse('A native filter is not { sql, params? }', 'Write { "sql": "year > $1", "params": [2020] }.');
    }
    return `(${renumberParameters(sql, params, addParameter, refuse)})`;
  }

  function refuse(problem: string, nextStep: string): never {
    throw new RetrievalError({ code: 'invalid-filter', origin, problem: `${problem}.`, nextStep });
  }
}

/**
 * The most values that become alternatives, which can use an index on the payload; more of them would make each row
 * too slow.
 */
const longestAlternative = 100;

const comparisons = [
  ['gt', '>'],
  ['gte', '>='],
  ['lt', '<'],
  ['lte', '<='],
] as const;

/** A jsonpath for the value itself or an element of it, one level deep: without `strict` it would open inner arrays too. */
function anyElement(condition: string): string {
  const scalar = `@.type() != "array" && ${condition}`;
  return `strict $ ? (${scalar} || @.type() == "array" && exists(@[*] ? (${condition})))`;
}

/** True if the expression is false or NULL. */
function negate(expression: string): string {
  return `(${expression} IS NOT TRUE)`;
}

function nest(path: readonly string[], value: unknown): unknown {
  return path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
}
