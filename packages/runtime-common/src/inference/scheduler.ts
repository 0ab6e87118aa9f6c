/** A batch as one request plans it. */
export interface PlannedBatch {
  /** Positions of its sequences in the request. */
  readonly members: readonly number[];
  /** Tokens of the longest of them. */
  readonly longest: number;
}

/** One request's part of a batch that runs next. */
export interface BatchPart<Request> extends PlannedBatch {
  readonly request: Request;
}

export interface SchedulerOptions {
  readonly workers: number;
  /** The most padded tokens of a batch, unless one sequence alone is longer. */
  readonly maxBatchTokens: number;
  /** Whether sequences of different requests may share a batch. */
  readonly joining: boolean;
}

interface Waiting<Request> {
  readonly request: Request;
  readonly batches: readonly PlannedBatch[];
  /** Index of the first of `batches` that has not been handed out. */
  next: number;
  /** Tokens that its turns took above their share; below 0 for unused tokens, at most one share. */
  debt: number;
}

/** Padding that costs no more than a separate batch, in tokens: the runtime's overhead per run. */
const tokensOfARun = 32;
/** The most padded tokens of a request that counts as short: about 12 passages of 80 tokens. */
const tokensOfShort = 1024;
/** Padded tokens of short requests per worker that may run before a long request gets its turn. */
const tokensAhead = 512;
/** How many requests are examined to fill a batch. */
const mostLookedAt = 8;

/**
 * Decides whose batch runs next. It uses no threads and no clock; every step takes amortized constant time.
 *
 * - Requests take turns, a batch at a time (deficit round robin, Shreedhar & Varghese 1995, counted
 *   in padded tokens).
 * - Short requests, of 1,024 padded tokens at most, run before the others, oldest first. After 512 of their tokens
 *   per worker, a long request gets its turn. So a short request waits for little more than the running batches, and
 *   no request starves.
 * - Last batches of different requests run as one batch if that costs less than two runs.
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

  /** Planned batches that have not been handed out. */
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

  /** Drops a request's waiting batches, if there are any. */
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
