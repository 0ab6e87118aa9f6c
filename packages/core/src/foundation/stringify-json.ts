/** Part of Node.js from 21. */
const { rawJSON } = JSON as unknown as { readonly rawJSON: (json: string) => object };

/**
 * `JSON.stringify` that writes a `bigint` as the integer that it is. `parseJson` reads it back.
 *
 * @param space as that of `JSON.stringify`
 * @throws TypeError as `JSON.stringify`, for a cyclic value
 *
 * @example
 * import { stringifyJson } from '@secondpass/core/extend';
 * stringifyJson({ tweet: 1784530912236650497n }); // → '{"tweet":1784530912236650497}'
 */
export function stringifyJson(value: unknown, space?: number): string {
  try {
    return JSON.stringify(value, undefined, space);
  } catch {
    // A replacer is several times slower, so it is used only after the plain call failed: for a bigint. For any other
    // value it throws the same error again.
    return JSON.stringify(value, (_key, inner: unknown) => rawInteger(inner), space);
  }
}

/**
 * A copy for libraries that call `JSON.stringify` themselves: each `bigint` in it becomes the object that
 * `JSON.rawJSON` makes of its digits.
 *
 * @param value JSON values and bigints
 *
 * @example
 * import { rawIntegers } from '@secondpass/core/extend';
 * JSON.stringify(rawIntegers({ tweet: 1784530912236650497n })); // → '{"tweet":1784530912236650497}'
 */
export function rawIntegers<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return rawInteger(value) as T;
  if (Array.isArray(value)) return value.map(rawIntegers) as T;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, rawIntegers(inner)])) as T;
}

function rawInteger(value: unknown): unknown {
  return typeof value === 'bigint' ? rawJSON(String(value)) : value;
}
