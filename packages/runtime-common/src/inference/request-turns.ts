/** A batch as one request plans it. */
export interface PlannedBatch {
  /** Positions of its sequences in the request. */
  readonly members: readonly number[];
  /** Tokens of the longest of them. */
  readonly longest: number;
}

/** The batches of a request. */
export interface WaitingBatches {
  readonly batches: readonly PlannedBatch[];
  /** Index of the first of `batches` that has not been handed out. */
  next: number;
  /** Tokens that its turns took above their share; below 0 for unused tokens, at most one share. */
  debt: number;
}

export interface TurnSizes {
  /** Batches that run at the same time. */
  readonly workers: number;
  /** The most padded tokens of a batch, unless one sequence alone is longer. */
  readonly maxBatchTokens: number;
}

/** The most padded tokens of a request that counts as short: about 12 passages of 80 tokens. */
export const tokensOfShort = 1024;
/** Padded tokens per worker that may run ahead of others before one of those gets its turn. */
export const tokensAhead = 512;

/**
 * The order of one tenant's requests, a batch at a time: long ones take turns (deficit round robin, Shreedhar & Varghese
 * 1995, counted in padded tokens), short ones go first, oldest first.
 */
export class RequestTurns<Waiting extends WaitingBatches> {
  readonly #sizes: TurnSizes;
  readonly #short = new Set<Waiting>();
  readonly #long = new Set<Waiting>();
  #turns = this.#long.values();
  #tokensInARow = 0;

  constructor(sizes: TurnSizes) {
    this.#sizes = sizes;
  }

  add(waiting: Waiting): void {
    const tokens = waiting.batches.reduce((sum, batch) => sum + costOf(batch), 0);
    (tokens <= tokensOfShort ? this.#short : this.#long).add(waiting);
  }

  delete(waiting: Waiting): void {
    this.#short.delete(waiting);
    this.#long.delete(waiting);
  }

  /** Whether the next batch is one of a short request. */
  get shortIsNext(): boolean {
    if (this.#short.size === 0) return false;
    return this.#long.size === 0 || this.#tokensInARow < tokensAhead * this.#sizes.workers;
  }

  /** The request whose batch is next, and whether it goes before the long ones; `undefined` if none waits. */
  next(): { readonly waiting: Waiting; readonly isAhead: boolean } | undefined {
    const [short] = this.shortIsNext ? this.#short : [];
    if (short) return { waiting: short, isAhead: true };
    const waiting = this.#nextLong();
    return waiting && { waiting, isAhead: false };
  }

  /** Notes the tokens of the batch that {@link next} led to, other requests' parts included. */
  ran(tokens: number, isAhead: boolean): void {
    this.#tokensInARow = isAhead ? this.#tokensInARow + tokens : 0;
  }

  #nextLong(): Waiting | undefined {
    for (;;) {
      let turn = this.#turns.next();
      if (turn.done) {
        // An iterator that has reached the end stays there.
        this.#turns = this.#long.values();
        turn = this.#turns.next();
        if (turn.done) return undefined;
      }
      const waiting = turn.value;
      // A set's iterator is live: an element that is moved to the end is visited again after the others.
      this.#long.delete(waiting);
      this.#long.add(waiting);
      if (waiting.debt <= 0) return waiting;
      waiting.debt -= this.#sizes.maxBatchTokens;
    }
  }
}

/** Padded tokens of a batch. */
export function costOf({ members, longest }: PlannedBatch): number {
  return members.length * longest;
}
