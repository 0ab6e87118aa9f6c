/** A batch as one request plans it. */
export interface PlannedBatch {
  /** Positions of its sequences in the request. */
  readonly members: readonly number[];
  /** Tokens of the longest of them. */
  readonly longest: number;
}

/** What one request has in a batch that is to run now. */
export interface BatchPart<Request> extends PlannedBatch {
  readonly request: Request;
}

export interface SchedulerOptions {
  readonly workers: number;
  /** Padded tokens of a batch at most, unless one sequence alone is longer. */
  readonly maxBatchTokens: number;
  /** Whether sequences of different requests may share a batch. */
  readonly joining: boolean;
}

interface Waiting<Request> {
  readonly request: Request;
  readonly batches: readonly PlannedBatch[];
  /** The first of `batches` that has not been given out. */
  next: number;
  /** Tokens that its turns took above their share, or left of it (below 0, by one share at most). */
  debt: number;
}

/** Padding that costs no more than a batch of its own, in tokens: what the runtime adds to each run. */
const tokensOfARun = 32;
/** Padded tokens that a whole request may have to count as short: about 12 passages of 80 tokens. */
const tokensOfShort = 1024;
/** Padded tokens of short requests for each worker that may go before a long one's turn. */
const tokensAhead = 512;
/** How many requests are looked at to fill a batch up. */
const mostLookedAt = 8;

/**
 * Decides whose batch runs next. It knows no threads and no clock; every step takes amortised constant time.
 *
 * - Requests take turns, a batch at a time (deficit round robin, Shreedhar & Varghese 1995, counted
 *   in padded tokens).
 * - Short requests, of 1,024 padded tokens at most, go before the others, oldest first; after 512 tokens of them for each
 *   worker a long one has its turn: so a short one waits for little more than what is running, and no request starves.
 * - Last batches of different requests are run as one where that costs less than two runs.
 */
export class Scheduler<Request extends object> {
  readonly #options: SchedulerOptions;
  readonly #waiting = new Map<Request, Waiting<Request>>();
  readonly #short = new Set<Waiting<Request>>();
  readonly #long = new Set<Waiting<Request>>();
  readonly #lastBatch = new Set<Waiting<Request>>();
  #turns = this.#long.values();
  #tokensInARow = 0;
  #waitingBatches = 0;

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  /** Planned batches that have not been given out. */
  get waitingBatches(): number {
    return this.#waitingBatches;
  }

  /** @param batches run in this order */
  add(request: Request, batches: readonly PlannedBatch[]): void {
    if (batches.length === 0) return;
    const waiting = { request, batches, next: 0, debt: 0 };
    this.#waiting.set(request, waiting);
    this.#waitingBatches += batches.length;
    const tokens = batches.reduce((sum, batch) => sum + costOf(batch), 0);
    (tokens <= tokensOfShort ? this.#short : this.#long).add(waiting);
    if (batches.length === 1) this.#lastBatch.add(waiting);
  }

  /** Forgets what waits of a request; does nothing where nothing does. */
  remove(request: Request): void {
    const waiting = this.#waiting.get(request);
    if (!waiting) return;
    this.#waitingBatches -= waiting.batches.length - waiting.next;
    this.#forget(waiting);
  }

  /** The batch to run now, of one request or several; `undefined` when nothing waits. */
  next(): readonly BatchPart<Request>[] | undefined {
    const [short] = this.#short;
    const mayOvertake = this.#long.size === 0 || this.#tokensInARow < tokensAhead * this.#options.workers;
    const lead = short && mayOvertake ? short : this.#nextTurn();
    if (!lead) return undefined;
    const first = this.#take(lead);
    const parts = this.#options.joining ? this.#fillUp(first) : [first];
    this.#tokensInARow = lead === short ? this.#tokensInARow + joinedCost(parts) : 0;
    return parts;
  }

  #nextTurn(): Waiting<Request> | undefined {
    for (;;) {
      let turn = this.#turns.next();
      if (turn.done) {
        // An iterator that has met the end stays there.
        this.#turns = this.#long.values();
        turn = this.#turns.next();
        if (turn.done) return undefined;
      }
      const waiting = turn.value;
      // A set's iterator is live: what is put at the end is met again after the others.
      this.#long.delete(waiting);
      this.#long.add(waiting);
      if (waiting.debt <= 0) return waiting;
      waiting.debt -= this.#options.maxBatchTokens;
    }
  }

  #take(waiting: Waiting<Request>): BatchPart<Request> {
    const batch = waiting.batches[waiting.next]!;
    waiting.next += 1;
    const share = this.#options.maxBatchTokens;
    waiting.debt = Math.max(-share, waiting.debt + costOf(batch) - share);
    this.#waitingBatches -= 1;
    const left = waiting.batches.length - waiting.next;
    if (left === 0) this.#forget(waiting);
    if (left === 1) this.#lastBatch.add(waiting);
    return { ...batch, request: waiting.request };
  }

  #fillUp(first: BatchPart<Request>): BatchPart<Request>[] {
    const parts = [first];
    let { longest } = first;
    let count = first.members.length;
    let looked = 0;
    for (const waiting of this.#lastBatch) {
      if (longest * (count + 1) > this.#options.maxBatchTokens || looked === mostLookedAt) break;
      looked += 1;
      const other = waiting.batches[waiting.next]!;
      const joinedLongest = Math.max(longest, other.longest);
      const joined = joinedLongest * (count + other.members.length);
      const padding = joined - longest * count - costOf(other);
      if (joined > this.#options.maxBatchTokens || padding > tokensOfARun) continue;
      parts.push(this.#take(waiting));
      longest = joinedLongest;
      count += other.members.length;
    }
    return parts;
  }

  #forget(waiting: Waiting<Request>): void {
    this.#waiting.delete(waiting.request);
    this.#short.delete(waiting);
    this.#long.delete(waiting);
    this.#lastBatch.delete(waiting);
  }
}

function joinedCost(parts: readonly PlannedBatch[]): number {
  const count = parts.reduce((sum, { members }) => sum + members.length, 0);
  return count * Math.max(...parts.map(({ longest }) => longest));
}

function costOf({ members, longest }: PlannedBatch): number {
  return members.length * longest;
}
