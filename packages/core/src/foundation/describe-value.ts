import { stringifyJson } from './stringify-json.ts';

/** Longest string shown of a value, in characters. */
const longestShown = 80;

/**
 * A value in words for an error. It never throws, and it shows no contents of an object, which may hold a secret or a
 * cycle.
 *
 * @example
 * import { describeValue } from '@secondpass/core/extend';
 * describeValue('abc'); // → '"abc"'
 * describeValue({ password: 'x' }); // → 'an object'
 */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') {
    const shown = JSON.stringify(value.slice(0, longestShown));
    return value.length > longestShown ? `${shown}… (${value.length} characters)` : shown;
  }
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'symbol') return 'a symbol';
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return Object.is(value, -0) ? '-0' : String(value);
}

/**
 * A value as JSON, cut to a length, for an error about something that holds no secret. A value that has no JSON (a
 * cycle, endless nesting) is described in words: building an error message never fails.
 *
 * @param longest characters shown
 *
 * @example
 * import { describeAsJson } from '@secondpass/core/extend';
 * describeAsJson({ k: 0 }); // → '{"k":0}'
 * describeAsJson(undefined); // → 'undefined'
 * describeAsJson(5n); // → '5'
 */
export function describeAsJson(value: unknown, longest = 100): string {
  try {
    const json = stringifyJson(value);
    if (json !== undefined) return json.length > longest ? `${json.slice(0, longest)}…` : json;
  } catch {
    // Described below.
  }
  return describeValue(value);
}
