import type { AskedBy } from '@secondpass/core/runtime';
import { OwnerShare } from './owner-share.ts';
import { costOf, type PlannedBatch, type TurnSizes, type WaitingBatches } from './request-turns.ts';

/** One request's part of a batch that runs next. */
export interface BatchPart<Request> extends PlannedBatch {
  readonly request: Request;
}

export interface SchedulerOptions extends TurnSizes {
  /** Whether sequences of different requests may share a batch. */
  readonly joining: boolean;
}

/** A request, and whose share it takes. */
interface Waiting<Request> extends WaitingBatches {
  readonly request: Request;
  readonly share: OwnerShare<Waiting<Request>>;
}

/** Padding that costs no more than a separate batch, in tokens: the runtime's overhead per run. */
const tokensOfARun = 32;
/** How many requests are examined to fill a batch. */
const mostLookedAt = 8;

/**
 * Decides whose batch runs next. It uses no threads and no clock. A step takes amortized constant time, and time in proportion
 * to the callers and tenants that wait.
 *
 * - Callers get equal shares, and the tenants of a caller get equal shares of what it gets ({@link OwnerShare}).
 * - Requests of one tenant take turns, a batch at a time. Short requests, of 1,024 padded tokens at most, run before the
 *   others, oldest first. After 512 of their tokens per worker, a long request gets its turn.
 * - Last batches of different requests run as one batch if that costs less than two runs.
 *
 * So a short request waits for little more than the running batches, and no request starves.
 */
export class Scheduler<Request extends object> {
  readonly #options: SchedulerOptions;
  readonly #waiting = new Map<Request, Waiting<Request>>();
  readonly #shares: OwnerShare<Waiting<Request>>;
  readonly #lastBatch = new Set<Waiting<Request>>();
  #waitingBatches = 0;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#shares = new OwnerShare(options);
  }

  /** Planned batches that have not been handed out. */
  get waitingBatches(): number {
    return this.#waitingBatches;
  }

  /** Whether the next batch is one of a short request. */
  get shortIsNext(): boolean {
    return this.#shares.shortIsNext;
  }

  /** @param batches run in this order */
  add(request: Request, batches: readonly PlannedBatch[], { caller = '', tenant = '' }: AskedBy = {}): void {
    if (batches.length === 0) return;
    const share = this.#shares.child(caller).child(tenant);
    const waiting = { request, batches, next: 0, debt: 0, share };
    this.#waiting.set(request, waiting);
    this.#waitingBatches += batches.length;
    share.enter();
    share.turns.add(waiting);
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
    const turns = this.#shares.next()?.turns;
    const turn = turns?.next();
    if (!turn) return undefined;
    const first = this.#take(turn.waiting);
    const parts = this.#options.joining ? this.#fillUp(first) : [first];
    turns!.ran(joinedCost(parts), turn.isAhead);
    return parts;
  }

  #take(waiting: Waiting<Request>): BatchPart<Request> {
    const batch = waiting.batches[waiting.next]!;
    waiting.next += 1;
    const limit = this.#options.maxBatchTokens;
    waiting.debt = Math.max(-limit, waiting.debt + costOf(batch) - limit);
    waiting.share.receive(costOf(batch));
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
    waiting.share.turns.delete(waiting);
    waiting.share.leave();
    this.#lastBatch.delete(waiting);
  }
}

function joinedCost(parts: readonly PlannedBatch[]): number {
  const count = parts.reduce((sum, { members }) => sum + members.length, 0);
  return count * Math.max(...parts.map(({ longest }) => longest));
}
