/** How many calls are remembered, and how many a percentile needs. */
const most = 200;
const fewest = 20;

/** How long the last calls took, in milliseconds. */
export class RecentTimes {
  readonly #times: number[] = [];
  #next = 0;

  add(milliseconds: number): void {
    this.#times[this.#next] = milliseconds;
    this.#next = (this.#next + 1) % most;
  }

  /**
   * The time that a share of the calls did not exceed; `undefined` before 20 calls.
   *
   * @param percent above 0, below 100
   */
  percentile(percent: number): number | undefined {
    if (this.#times.length < fewest) return undefined;
    const sorted = this.#times.toSorted((a, b) => a - b);
    return sorted[Math.ceil((percent / 100) * sorted.length) - 1]!;
  }
}
