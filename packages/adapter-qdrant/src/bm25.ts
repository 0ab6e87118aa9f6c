/** A sparse vector: only its non-zero values. */
export interface SparseVector {
  readonly indices: readonly number[];
  readonly values: readonly number[];
}

/** BM25's weights for a term's frequency and a document's length. */
export interface Bm25Parameters {
  /** How much a term's frequency counts. */
  readonly k1: number;
  /** From 0 to 1: how much long documents are penalized. */
  readonly b: number;
  /** Length of an average document, in terms. */
  readonly averageLength: number;
}

/** Scripts that write words without spaces between them. */
const unspaced =
  '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}';
const runs = new RegExp(`([${unspaced}]+)|[[\\p{L}\\p{N}\\p{M}]--[${unspaced}]]+`, 'gv');

/**
 * Text → terms: NFKC, lower case, then runs of letters, digits and marks. In scripts without spaces, each character
 * and each pair of adjacent characters is a term. No stemming and no stop words: IDF makes frequent words weigh
 * little.
 */
export function terms(text: string): readonly string[] {
  const found: string[] = [];
  for (const [run, withoutSpaces] of text.normalize('NFKC').toLowerCase().matchAll(runs)) {
    if (withoutSpaces === undefined) found.push(run);
    else {
      const characters = [...run];
      found.push(...characters);
      for (let index = 1; index < characters.length; index += 1) {
        found.push(`${characters[index - 1]}${characters[index]}`);
      }
    }
  }
  return found;
}

/**
 * The document's half of BM25: `tf·(k1 + 1) / (tf + k1·(1 − b + b·length / averageLength))` for each term. The other
 * half, IDF, is Qdrant's (`modifier: idf`), over the collection at the time of the search.
 */
export function documentVector(text: string, { k1, b, averageLength }: Bm25Parameters): SparseVector {
  const all = terms(text);
  const frequencies = new Map<number, number>();
  for (const term of all) {
    const index = termIndex(term);
    frequencies.set(index, (frequencies.get(index) ?? 0) + 1);
  }
  const damping = k1 * (1 - b + (b * all.length) / averageLength);
  return {
    indices: [...frequencies.keys()],
    values: [...frequencies.values()].map((frequency) => (frequency * (k1 + 1)) / (frequency + damping)),
  };
}

/** Each term of the query once, with the weight 1. */
export function queryVector(text: string): SparseVector {
  const indices = [...new Set(terms(text).map(termIndex))];
  return { indices, values: indices.map(() => 1) };
}

/**
 * A term's index in the vector: MurmurHash3 (x86, 32 bits, seed 0) of its UTF-8, read as a signed number, without its
 * sign. Qdrant's own BM25 and FastEmbed use the same index for a term.
 */
export function termIndex(term: string): number {
  return Math.abs(murmur3(Buffer.from(term, 'utf8')));
}

function murmur3(bytes: Buffer): number {
  let hash = 0;
  const whole = bytes.length - (bytes.length % 4);
  for (let start = 0; start < whole; start += 4) {
    hash ^= scramble(bytes.readInt32LE(start));
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  if (whole < bytes.length) {
    let rest = 0;
    for (let index = bytes.length - 1; index >= whole; index -= 1) rest = (rest << 8) | bytes[index]!;
    hash ^= scramble(rest);
  }
  hash ^= bytes.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) | 0;
}

function scramble(block: number): number {
  const mixed = Math.imul(block, 0xcc9e2d51);
  return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
}
