import { LRUCache } from 'lru-cache';

/** Estimated bytes of an entry, in addition to its text and ids. */
const bytesOfEntry = 256;

/**
 * Text → token ids of texts that were tokenized before, within a memory limit in bytes; the least recently used
 * entries are removed first.
 */
export class TokenCache {
  readonly #ids: LRUCache<string, Int32Array>;

  constructor(maxBytes: number) {
    this.#ids = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: (ids, text) => bytesOfEntry + 2 * text.length + ids.byteLength,
    });
  }

  /** @param encode tokenizes the texts that are not in the cache, in input order */
  async encode(
    texts: readonly string[],
    encode: (missing: readonly string[]) => Promise<Int32Array[]>,
  ): Promise<Int32Array[]> {
    const results = texts.map((text) => this.#ids.get(text));
    const missing = texts.filter((_, index) => results[index] === undefined);
    if (missing.length === 0) return results as Int32Array[];
    const encoded = await encode(missing);
    for (const [index, text] of missing.entries()) this.#ids.set(text, encoded[index]!);
    let next = 0;
    return results.map((ids) => ids ?? encoded[next++]!);
  }
}
