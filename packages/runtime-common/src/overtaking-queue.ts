/** Urgent items in a row that go before one that is not. */
const mostInARow = 4;

/** Urgent items first, otherwise in the order that they came; every fifth is one that is not urgent, so that none starves. */
export class OvertakingQueue<Item> {
  readonly #urgent = new Set<Item>();
  readonly #others = new Set<Item>();
  #inARow = 0;

  add(item: Item, urgent: boolean): void {
    (urgent ? this.#urgent : this.#others).add(item);
  }

  delete(item: Item): void {
    this.#urgent.delete(item);
    this.#others.delete(item);
  }

  get size(): number {
    return this.#urgent.size + this.#others.size;
  }

  /** Takes the next item out; `undefined` when none is left. */
  next(): Item | undefined {
    const [urgent] = this.#urgent;
    const [other] = this.#others;
    const overtakes = urgent !== undefined && (other === undefined || this.#inARow < mostInARow);
    this.#inARow = overtakes ? this.#inARow + 1 : 0;
    const item = overtakes ? urgent : other;
    if (item !== undefined) this.delete(item);
    return item;
  }
}
