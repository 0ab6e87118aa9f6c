/** Unused hedges are saved up to this many. */
const most = 10;

/** Second requests as a share of first ones, so that a service that is slow under load does not get twice the load. */
export class HedgeBudget {
  readonly #share: number;
  #saved = 1;

  /** @param share second requests per first one, above 0 and up to 1 */
  constructor(share: number) {
    this.#share = share;
  }

  /** A first request was made. */
  earn(): void {
    this.#saved = Math.min(most, this.#saved + this.#share);
  }

  /** Takes a second request from the budget; false if there is none. */
  spend(): boolean {
    // Shares such as 0.05 add up to a little less than 1.
    if (this.#saved < 1 - 1e-9) return false;
    this.#saved -= 1;
    return true;
  }
}
