/** Longest string shown of a value, in characters. */
const longestShown = 80;

/**
 * A value in words for an error. It never throws, whatever the value is, and shows nothing of an object's inside, which may
 * hold a secret or lead back to itself.
 *
 * @example
 * describeValue('abc'); // "abc", with the quotes
 * describeValue({ password: 'x' }); // an object
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
