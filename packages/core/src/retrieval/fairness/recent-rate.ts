/** How many measurements are kept. */
const most = 64;
/** Older measurements are ignored, in milliseconds. */
const oldestMs = 30_000;

/** How much work was done per second recently. */
export class RecentRate {
  readonly #done: { readonly cost: number; readonly at: number }[] = [];

  /** @param now on the clock of `performance.now()` */
  add(cost: number, now: number): void {
    this.#done.push({ cost, at: now });
    if (this.#done.length > most) this.#done.shift();
  }

  /** `undefined` if there are too few measurements. */
  perSecond(now: number): number | undefined {
    const recent = this.#done.filter(({ at }) => now - at < oldestMs);
    const [first, ...later] = recent;
    const last = later.at(-1);
    if (!first || !last || last.at - first.at < 1) return undefined;
    const cost = later.reduce((sum, one) => sum + one.cost, 0);
    return (cost / (last.at - first.at)) * 1000;
  }
}
