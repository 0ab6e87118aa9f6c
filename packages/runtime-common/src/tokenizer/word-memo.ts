/** Longest word that is remembered, in UTF-16 code units: longer ones rarely repeat. */
export const longestWord = 128;

/**
 * Token ids of all remembered words together. With two ids per word it is full at about 100,000 words, or 10 MB with
 * the words.
 */
const capacity = 262_144;

/** The result of {@link WordMemo.find} for a word that must not be read alone. */
export const readsItsNeighbors = -1;

/**
 * Word → token ids. When it is full it is emptied, which costs less than tracking recent use. All ids are in one
 * array, because a typed array for each word takes more memory than the ids in it.
 */
export class WordMemo {
  readonly #positions = new Map<string, number>();
  readonly #ids = new Int32Array(capacity);
  #used = 0;

  /** Where the word's ids are, for {@link copy}; {@link readsItsNeighbors}; or `undefined` for an unknown word. */
  find(word: string): number | undefined {
    return this.#positions.get(word);
  }

  /** Writes a found word's ids into `target` from `start` on, as far as they fit. @returns one past the last */
  copy(position: number, target: Int32Array, start: number): number {
    const ids = this.#ids;
    const length = ids[position]!;
    for (let index = 1; index <= length; index += 1) target[start + index - 1] = ids[position + index]!;
    return start + length;
  }

  /** @param ids `undefined` when the word must not be read alone */
  remember(word: string, ids: ArrayLike<number> | undefined): number {
    const size = ids === undefined ? 1 : ids.length + 1;
    if (this.#used + size > capacity || this.#positions.size >= capacity / 2) {
      this.#positions.clear();
      this.#used = 0;
    }
    const position = ids === undefined ? readsItsNeighbors : this.#used;
    if (ids !== undefined) {
      this.#ids[position] = ids.length;
      this.#ids.set(ids, position + 1);
      this.#used += size;
    }
    this.#positions.set(detached(word), position);
    return position;
  }
}

/** V8 makes a slice of 13 characters or more a view that would keep the whole text alive. */
function detached(word: string): string {
  return word.length < 13 ? word : Buffer.from(word, 'utf16le').toString('utf16le');
}
