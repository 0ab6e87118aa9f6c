import type { QdrantCondition } from './qdrant-client.ts';

/** What a document carries for each of its strings: the first 60 bytes as up to ten numbers, under "0", "1"… */
export type StringOrder = Readonly<Record<string, number>>;

export type Comparison = 'gt' | 'gte' | 'lt' | 'lte';

const bytesPerNumber = 6;
const mostNumbers = 10;
/** A byte is a digit from 1 to 256, and 0 stands for the end; six digits stay below 2^53. */
const base = 257;

/** A string that one is compared with may have so many bytes. A stored one may be of any length. */
export const longestComparedString = bytesPerNumber * mostNumbers - 1;

/**
 * Numbers that compare, one after the other, as the strings do by code point.
 *
 * Qdrant compares numbers and dates, not strings. UTF-8 sorts bytewise as code points do, so six bytes at a time make
 * numbers with the same order, and the end of a string, being 0, sorts before whatever could follow. Of a string
 * longer than 60 bytes only those count: an operand of at most 59 ends, or differs, before they do.
 */
export function stringOrder(text: string): StringOrder {
  return Object.fromEntries(numbers(text).map((number, index) => [String(index), number]));
}

/** Conditions, of which one must hold, on an object that {@link stringOrder} made. */
export function compareStrings(comparison: Comparison, operand: string): readonly QdrantCondition[] {
  const wanted = numbers(operand);
  const strict = comparison === 'gt' || comparison === 'gte' ? 'gt' : 'lt';
  return wanted.map((number, index) => {
    const equal = wanted
      .slice(0, index)
      .map((same, key) => ({ key: String(key), range: { gte: same, lte: same } }));
    const last = index === wanted.length - 1 ? comparison : strict;
    return { must: [...equal, { key: String(index), range: { [last]: number } }] };
  });
}

function numbers(text: string): readonly number[] {
  const bytes = Buffer.from(text, 'utf8');
  const count = Math.min(mostNumbers, Math.floor(bytes.length / bytesPerNumber) + 1);
  return Array.from({ length: count }, (_, index) => {
    let number = 0;
    for (let place = 0; place < bytesPerNumber; place += 1) {
      const byte = bytes[index * bytesPerNumber + place];
      number = number * base + (byte === undefined ? 0 : byte + 1);
    }
    return number;
  });
}
