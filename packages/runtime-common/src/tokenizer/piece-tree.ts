/**
 * A trie of ASCII pieces. All edges are in one hash table of numbers: a map in each node would take ten times the
 * memory, and one `Map` of all edges twice the time.
 */
export class PieceTree {
  /** For each node, the id of the piece that ends there, or -1. */
  readonly ids: Int32Array;
  readonly #mask: number;
  readonly #keys: Int32Array;
  readonly #nodes: Int32Array;

  constructor(pieces: readonly (readonly [piece: string, id: number])[]) {
    const steps = new Map<number, number>();
    const ids: number[] = [-1];
    for (const [piece, id] of pieces) {
      let node = 0;
      for (let index = 0; index < piece.length; index += 1) {
        const key = node * 128 + piece.charCodeAt(index);
        node = steps.get(key) ?? ids.push(-1) - 1;
        steps.set(key, node);
      }
      ids[node] = id;
    }
    const size = 2 ** Math.ceil(Math.log2(2 * steps.size + 1));
    this.ids = Int32Array.from(ids);
    this.#mask = size - 1;
    this.#keys = new Int32Array(size).fill(-1);
    this.#nodes = new Int32Array(size);
    for (const [key, node] of steps) {
      const slot = this.#slot(key);
      this.#keys[slot] = key;
      this.#nodes[slot] = node;
    }
  }

  /** The node that a character (below 128) leads to, or -1; node 0 is the beginning. */
  step(node: number, character: number): number {
    const slot = this.#slot(node * 128 + character);
    return this.#keys[slot] === -1 ? -1 : this.#nodes[slot]!;
  }

  /** The slot of an edge, or the free slot where it would be. */
  #slot(key: number): number {
    // Multiplied by an odd constant near 2³² divided by the golden ratio, so that the edges of one node are spread
    // out.
    let slot = (Math.imul(key, 0x9e3779b1) >>> 8) & this.#mask;
    while (this.#keys[slot] !== key && this.#keys[slot] !== -1) slot = (slot + 1) & this.#mask;
    return slot;
  }
}
