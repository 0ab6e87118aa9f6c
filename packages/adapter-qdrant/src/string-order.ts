import type { QdrantCondition } from './qdrant-client.ts';

/** The stored numbers of each of a document's strings: its first 60 bytes as up to ten numbers, under "0", "1"… */
export type StringOrder = Readonly<Record<string, number>>;

export type Comparison = 'gt' | 'gte' | 'lt' | 'lte';

const bytesPerNumber = 6;
const mostNumbers = 10;
/** A byte is a digit from 1 to 256, and 0 means the end; numbers of six digits are below 2^53. */
const base = 257;

/** The most bytes of a filter's string. A stored string may have any length. */
export const longestComparedString = bytesPerNumber * mostNumbers - 1;

/**
 * Numbers whose order, compared one after the other, is the strings' order by code point.
 *
 * Qdrant compares numbers and dates, not strings. UTF-8 sorts by bytes as by code points, so each six bytes become a
 * number with the same order. The end of a string is 0 and sorts before any byte. Only the first 60 bytes of a string
 * count: an operand has at most 59 bytes, so it ends or differs within them.
 */
export function stringOrder(text: string): StringOrder {
  return Object.fromEntries(numbers(text).map((number, index) => [String(index), number]));
}

/** Conditions on the numbers of {@link stringOrder}; one of them must hold. */
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
