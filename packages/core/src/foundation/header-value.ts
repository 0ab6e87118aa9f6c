import { validateHeaderName, validateHeaderValue } from 'node:http';

/**
 * Whether a string can be sent as the value of an HTTP header: no line break, NUL or character beyond U+00FF.
 *
 * @example
 * import { isHeaderValue } from '@secondpass/core/extend';
 * isHeaderValue('Bearer abc'); // → true
 * isHeaderValue('a\nb'); // → false
 */
export function isHeaderValue(value: unknown): value is string {
  return typeof value === 'string' && passes(() => validateHeaderValue('any', value));
}

/**
 * Whether a value can be sent as HTTP headers.
 *
 * @example
 * import { areHeaders } from '@secondpass/core/extend';
 * areHeaders({ 'x-tenant': 'a' }); // → true
 * areHeaders({ 'x-tenant': 'a\nb' }); // → false
 */
export function areHeaders(value: unknown): value is Readonly<Record<string, string>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.entries(value).every(([name, one]) => passes(() => validateHeaderName(name)) && isHeaderValue(one))
  );
}

/** The HTTP client would refuse the value late, and quote it, although it may be a key. */
function passes(validate: () => void): boolean {
  try {
    validate();
    return true;
  } catch {
    return false;
  }
}
