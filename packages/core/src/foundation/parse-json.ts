import { exactNumber } from './exact-numbers.ts';

/** The third argument of a reviver, which Node.js has from 21. */
interface SourceText {
  /** The value as it is written in the text; only for numbers, strings, booleans and null. */
  readonly source?: string;
}

type Parse = (
  text: string,
  reviver: (key: string, value: unknown, context: SourceText) => unknown,
) => unknown;

/** In a text without these, `JSON.parse` reads every number exactly. */
const longNumber = /\d{16}|\d[eE][+-]?\d|[[,:\s]-0|^-0/;

/**
 * `JSON.parse` that keeps integers exact: an integer that a `number` does not hold exactly becomes a `bigint`. `-0`
 * becomes 0, and fractions become the nearest float64, as everywhere.
 *
 * @throws SyntaxError as `JSON.parse`, and for a number such as 1e99999 that no type holds
 *
 * @example
 * import { parseJson } from '@secondpass/core/extend';
 * parseJson('{"tweet":1784530912236650497,"likes":7}'); // → { tweet: 1784530912236650497n, likes: 7 }
 */
export function parseJson(text: string): unknown {
  if (!longNumber.test(text)) return JSON.parse(text);
  return (JSON.parse as Parse)(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined ? exactNumber(source) : value,
  );
}
