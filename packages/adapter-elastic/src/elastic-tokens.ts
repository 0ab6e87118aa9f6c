import { createHash } from 'node:crypto';
import type { FilterValue } from '@secondpass/core';

/**
 * The values for portable filters are stored in one keyword field, as words made of path, type and value.
 * Elasticsearch's own types cannot replace it: there a field has one type for all documents, `"20"` equals 20, and
 * every payload field would enlarge the mapping.
 *
 * A keyword field compares bytes of UTF-8, which is the order of code points; numbers are written so that their
 * words have the order of the numbers.
 */

/** No field name in a filter contains NUL. */
const end = '\0';

/** Lucene accepts no word above 32,766 bytes. A hash distinguishes longer strings than this, which are not ordered. */
const longestValue = 8000;

/** All words of one payload, which must be a JSON value. */
export function payloadTokens(payload: Readonly<Record<string, unknown>> | undefined): readonly string[] {
  const tokens = new Set<string>();
  if (payload !== undefined) addObject(payload, '');
  return [...tokens];

  function addObject(object: object, prefix: string): void {
    for (const [key, value] of Object.entries(object)) {
      // No filter can name these keys.
      if (key === '' || key.includes('.') || key.includes(end)) continue;
      const path = prefix + key;
      const values: unknown[] = (Array.isArray(value) ? value : [value]).filter(
        (element) => element !== null,
      );
      if (values.length > 0) tokens.add(presenceToken(path));
      for (const element of values) if (isScalar(element)) tokens.add(valueToken(path, element));
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) addObject(value, `${path}.`);
    }
  }
}

/** The word of a document that has a value at this path. */
export function presenceToken(path: string): string {
  return `${path}${end}e`;
}

/** The word of a document that has this value, or an array with it, at this path. */
export function valueToken(path: string, value: FilterValue): string {
  return `${path}${end}${encode(value)}`;
}

/** Bounds of all words for this path and the type of this value: `from` is included, `to` is not. */
export function tokenRange(
  path: string,
  value: string | number | bigint,
): { readonly from: string; readonly to: string } {
  return typeof value !== 'string'
    ? { from: `${path}${end}n`, to: `${path}${end}o` }
    : { from: `${path}${end}s`, to: `${path}${end}t` };
}

function encode(value: FilterValue): string {
  switch (typeof value) {
    case 'boolean':
      return value ? 'b1' : 'b0';
    case 'number':
      return `n${orderedNumber(value)}`;
    case 'bigint':
      return `n${orderedInteger(value)}`;
    default:
      return `s${shortened(value)}`;
  }
}

/** 16 hexadecimal digits that sort as the numbers do: the bits of the double, with the sign inverted. */
function orderedNumber(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  // Adding 0 turns −0 into 0.
  view.setFloat64(0, value + 0);
  const bits = view.getBigUint64(0);
  const sign = 1n << 63n;
  const ordered = bits & sign ? ~bits & 0xffff_ffff_ffff_ffffn : bits | sign;
  return ordered.toString(16).padStart(16, '0');
}

/**
 * The next lower float64 followed by the integer's distance from it; this sorts after that float64 and before the
 * next higher one.
 */
function orderedInteger(value: bigint): string {
  let below = Number(value);
  if (BigInt(below) > value) below = nextBelow(below);
  const rest = value - BigInt(below);
  return rest === 0n ? orderedNumber(below) : orderedNumber(below) + rest.toString(16).padStart(4, '0');
}

function nextBelow(value: number): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  view.setBigInt64(0, view.getBigInt64(0) + (value > 0 ? -1n : 1n));
  return view.getFloat64(0);
}

function shortened(text: string): string {
  // At most three bytes for each UTF-16 unit: most strings need no exact count.
  if (text.length * 3 <= longestValue || Buffer.byteLength(text) <= longestValue) return text;
  const start = Buffer.from(text)
    .subarray(0, longestValue)
    .toString()
    .replace(/\uFFFD+$/, '');
  return `${start}${end}${createHash('sha256').update(text).digest('hex')}`;
}

function isScalar(value: unknown): value is FilterValue {
  return ['string', 'number', 'bigint', 'boolean'].includes(typeof value);
}
