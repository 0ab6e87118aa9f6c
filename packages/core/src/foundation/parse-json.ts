import { exactNumber } from './exact-numbers.ts';

/** The third argument of a reviver, which Node.js has from 21. */
interface SourceText {
  /** What stands in the text; of numbers, strings, booleans and null only. */
  readonly source?: string;
}

type Parse = (
  text: string,
  reviver: (key: string, value: unknown, context: SourceText) => unknown,
) => unknown;

/** A text without these has only numbers that `JSON.parse` reads as they are. */
const longNumber = /\d{16}|\d[eE][+-]?\d|[[,:\s]-0|^-0/;

/**
 * `JSON.parse` that turns no integer into another one: one that a `number` does not hold exactly becomes a `bigint`. `-0`
 * becomes 0, and fractions become the nearest float64, as everywhere.
 *
 * @throws SyntaxError as `JSON.parse`, and for a number such as 1e99999 that nothing holds
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
