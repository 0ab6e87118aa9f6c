import { type FieldFilter, type Filter, RetrievalError } from '@secondpass/core';
import { type AddParameter, renumberParameters } from './native-fragment.ts';

/** A filter in PostgreSQL's own words: a boolean expression with `$1`, `$2`… for its own parameters. */
export interface NativePgvectorFilter {
  readonly sql: string;
  readonly params?: readonly unknown[];
}

/**
 * Compiles a filter to a boolean SQL expression over a jsonb column. Field names and values travel as parameters only.
 *
 * `eq` and `in` become containment (`@>`), which a GIN index on the payload serves. A condition on an absent field
 * may come out as NULL, which WHERE takes for false; only where the condition is negated is that made explicit.
 *
 * @param payload SQL of the jsonb column, or null when the table has none
 * @throws RetrievalError `invalid-filter`
 */
export function filterExpression(
  filter: Filter,
  payload: string | null,
  addParameter: AddParameter,
  origin: string,
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
    if (payload === null)
      refuse(`The table has no payload column, and the filter names "${field}"`, 'Set columns.payload.');
    if (!field.isWellFormed()) refuse('A field name contains a lone surrogate', 'Repair the name.');
    const path = field.split('.');
    const parts: string[] = [];
    const { eq, ne, exists } = conditions;
    if (eq !== undefined) parts.push(contains(path, eq));
    if (ne !== undefined) parts.push(negate(contains(path, ne)));
    if (conditions.in !== undefined) {
      parts.push(
        conditions.in.length > longestAlternative
          ? isAmong(path, conditions.in)
          : `(${conditions.in.map((value) => contains(path, value)).join(' OR ')})`,
      );
    }
    for (const [name, sign] of comparisons) {
      const operand = conditions[name];
      if (operand === undefined) continue;
      // Strict about types, by code point on strings, and one level deep into arrays, as core's language is.
      const matching = anyElement(`@.type() == "${typeof operand}" && @ ${sign} $operand`);
      parts.push(
        `jsonb_path_exists(${valueAt(path)}, '${matching}', ${addParameter(JSON.stringify({ operand }))}::jsonb)`,
      );
    }
    if (exists !== undefined) {
      const present = `jsonb_path_exists(${valueAt(path)}, '${anyElement('@.type() != "null"')}')`;
      parts.push(exists ? present : negate(present));
    }
    return parts.length === 1 ? parts[0]! : `(${parts.join(' AND ')})`;
  }

  /** The scalar itself, or an array with it among its elements. */
  function contains(path: readonly string[], value: unknown): string {
    const scalar = addParameter(JSON.stringify(nest(path, value)));
    const element = addParameter(JSON.stringify(nest(path, [value])));
    return `(${payload} @> ${scalar}::jsonb OR ${payload} @> ${element}::jsonb)`;
  }

  /** The same for many values: PostgreSQL makes a hash of the list, so that a row takes as long as with one value. */
  function isAmong(path: readonly string[], values: readonly unknown[]): string {
    const value = valueAt(path);
    const list = `(SELECT unnest(${addParameter(values.map((one) => JSON.stringify(one)))}::jsonb[]))`;
    const elements = `jsonb_array_elements(CASE jsonb_typeof(${value}) WHEN 'array' THEN ${value} END)`;
    return `(${value} IN ${list} OR EXISTS (SELECT FROM ${elements} AS held (element) WHERE element IN ${list}))`;
  }

  /** `->` with a text key reaches into objects only; `#>` would take "0" for an array position. */
  function valueAt(path: readonly string[]): string {
    return `(${[payload, ...path.map((key) => `${addParameter(key)}::text`)].join(' -> ')})`;
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

/** An index on the payload serves alternatives one by one, and each of more than these costs every row too much. */
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

/** True where the expression is NULL as well as where it is false. */
function negate(expression: string): string {
  return `(${expression} IS NOT TRUE)`;
}

function nest(path: readonly string[], value: unknown): unknown {
  return path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
}
