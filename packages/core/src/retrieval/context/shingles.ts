/** Characters per shingle: short passages on different subjects share about a tenth of their shingles. */
const length = 5;

/** The hashes of a text's shingles, each once, ascending. */
export type Shingles = Uint32Array;

/**
 * Every run of 5 characters of a text's letters and digits, after NFKC and in lower case, with one space between
 * words. Runs of characters need no words, so they work for languages without spaces. Each is kept as 32 bits
 * (FNV-1a).
 */
export function shinglesOf(text: string): Shingles {
  const plain = text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, ' ')
    .trim();
  const count = Math.max(1, plain.length - length + 1);
  const hashes = Uint32Array.from({ length: count }, (_, start) => hash(plain, start, start + length));
  return hashes.sort().filter((value, index) => index === 0 || value !== hashes[index - 1]);
}

/** The share of all shingles that both texts have: 0 to 1, and 1 for equal sets (Jaccard; Broder 1997). */
export function resemblance(a: Shingles, b: Shingles): number {
  let shared = 0;
  for (let left = 0, right = 0; left < a.length && right < b.length; ) {
    const difference = a[left]! - b[right]!;
    if (difference === 0) shared += 1;
    if (difference <= 0) left += 1;
    if (difference >= 0) right += 1;
  }
  return shared / (a.length + b.length - shared);
}

function hash(text: string, start: number, end: number): number {
  let value = 0x811c9dc5;
  for (let index = start; index < end && index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value >>> 0;
}
