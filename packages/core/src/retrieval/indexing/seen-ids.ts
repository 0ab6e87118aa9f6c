import { createHash } from 'node:crypto';

/** Words of 32 bits that are kept of each id's digest: two ids of a billion share them with a probability of 10⁻¹¹. */
const words = 3;

/**
 * Which ids came before, in 16 to 32 bytes for each and outside V8's heap, whatever the length of the ids: a set of a million strings
 * takes 100 MB, and an index may have many million.
 */
export class SeenIds {
  #slots = new Uint32Array(words * 1024);
  #size = 0;

  /** @returns whether the id is new */
  add(id: string): boolean {
    // UTF-16, because UTF-8 makes one character of all lone surrogates.
    const digest = createHash('sha256').update(id, 'utf16le').digest();
    // A slot whose first word is zero is free.
    const key = [digest.readUInt32LE(0) || 1, digest.readUInt32LE(4), digest.readUInt32LE(8)] as const;
    if (!insert(this.#slots, key)) return false;
    this.#size += 1;
    if (this.#size * words > this.#slots.length * 0.75) this.#grow();
    return true;
  }

  #grow(): void {
    const larger = new Uint32Array(this.#slots.length * 2);
    for (let at = 0; at < this.#slots.length; at += words) {
      const first = this.#slots[at]!;
      if (first !== 0) insert(larger, [first, this.#slots[at + 1]!, this.#slots[at + 2]!]);
    }
    this.#slots = larger;
  }
}

/** Open addressing: the first free slot from the one that the key names. There is always a free one. */
function insert(slots: Uint32Array, key: readonly [number, number, number]): boolean {
  const count = slots.length / words;
  for (let slot = key[1] % count; ; slot = (slot + 1) % count) {
    const at = slot * words;
    if (slots[at] === 0) {
      slots.set(key, at);
      return true;
    }
    if (slots[at] === key[0] && slots[at + 1] === key[1] && slots[at + 2] === key[2]) return false;
  }
}
