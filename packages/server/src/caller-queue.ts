import { RetrievalError } from '@secondpass/core';
import { RecentRate } from './recent-rate.ts';

export interface CallerQueueOptions {
  /** The total cost of the requests that run at the same time. */
  readonly maxInWork: number;
  /** Requests of one caller that may wait. */
  readonly maxQueued: number;
  /** Characters of all waiting requests; this bounds the memory that they use. */
  readonly maxQueuedCharacters: number;
}

/** How large a request is. */
export interface RequestSize {
  /** The work to answer it. Callers get equal shares of this. */
  readonly cost: number;
  /** The size of its texts while it waits, in UTF-16 code units. */
  readonly characters: number;
}

/** A request's turn. */
export interface Turn {
  /** Milliseconds that the request waited for its turn. */
  readonly waitedMs: number;
  /** Ends it; a second call does nothing. */
  end(): void;
}

interface Waiting extends RequestSize {
  /** Virtual time at which its service begins. */
  readonly start: number;
  readonly begin: () => void;
}

interface Caller {
  readonly waiting: Waiting[];
  inWork: number;
  /** Virtual time at which all requests of this caller are served. */
  finish: number;
}

/**
 * Decides which request runs next. Each caller gets the same share of the work, however many requests it sends
 * (start-time fair queueing, Goyal, Vin & Cheng 1996): the caller that has received the least goes first. Requests of
 * a total cost of `maxInWork` run at the same time, so that a model can join them into batches. One request of each
 * caller always runs, so that no caller waits behind another caller's long request.
 */
export class CallerQueue {
  readonly #options: CallerQueueOptions;
  readonly #callers = new Map<string, Caller>();
  readonly #rate = new RecentRate();
  #virtualTime = 0;
  #inWork = 0;
  #inWorkCost = 0;
  #queued = 0;
  #queuedCost = 0;
  #queuedCharacters = 0;

  constructor(options: CallerQueueOptions) {
    this.#options = options;
  }

  get queued(): number {
    return this.#queued;
  }

  get queuedCharacters(): number {
    return this.#queuedCharacters;
  }

  get inWork(): number {
    return this.#inWork;
  }

  /** Seconds until all current requests are served, estimated from the recent rate: from 1 to 60. */
  get secondsUntilServed(): number {
    const costPerSecond = this.#rate.perSecond(performance.now());
    if (costPerSecond === undefined) return 1;
    return Math.min(60, Math.max(1, Math.ceil((this.#queuedCost + this.#inWorkCost) / costPerSecond)));
  }

  /**
   * Waits for a turn.
   *
   * @throws RetrievalError `overloaded`, immediately, if too many requests wait; or the signal's reason
   */
  async turn(name: string, size: RequestSize, signal: AbortSignal): Promise<Turn> {
    signal.throwIfAborted();
    const caller = this.#callers.get(name) ?? { waiting: [], inWork: 0, finish: 0 };
    const { cost, characters } = size;
    if (this.#mustWait(caller, cost)) this.#refuseAbove(caller, characters);
    this.#callers.set(name, caller);
    const asked = performance.now();
    const start = Math.max(this.#virtualTime, caller.finish);
    caller.finish = start + cost;
    const begun = Promise.withResolvers<void>();
    const waiting = { cost, characters, start, begin: begun.resolve };
    caller.waiting.push(waiting);
    this.#queued += 1;
    this.#queuedCost += cost;
    this.#queuedCharacters += characters;
    const leave = (): void => {
      if (!this.#remove(caller, waiting)) return;
      begun.reject(signal.reason);
      this.#forgetIfIdle(name, caller);
    };
    signal.addEventListener('abort', leave, { once: true });
    this.#serve();
    try {
      await begun.promise;
    } finally {
      signal.removeEventListener('abort', leave);
    }
    let ended = false;
    const end = (): void => {
      if (ended) return;
      ended = true;
      caller.inWork -= 1;
      this.#inWork -= 1;
      this.#inWorkCost -= cost;
      this.#rate.add(cost, performance.now());
      this.#serve();
      this.#forgetIfIdle(name, caller);
    };
    return { waitedMs: performance.now() - asked, end };
  }

  #mustWait(caller: Caller, cost: number): boolean {
    if (caller.waiting.length > 0) return true;
    return caller.inWork > 0 && this.#inWorkCost + cost > this.#options.maxInWork;
  }

  #refuseAbove(caller: Caller, characters: number): void {
    const { maxQueued, maxQueuedCharacters } = this.#options;
    const fits = this.#queuedCharacters + characters <= maxQueuedCharacters;
    if (caller.waiting.length < maxQueued && fits) return;
    throw new RetrievalError({
      code: 'overloaded',
      origin: 'server',
      problem: `${caller.waiting.length} requests of this caller are waiting, and ${this.#queued} in all.`,
      nextStep: 'Try again after the time that the header Retry-After states.',
    });
  }

  /** Starts every request that may run; the caller that has received the least goes first. */
  #serve(): void {
    for (;;) {
      let next: Caller | undefined;
      for (const caller of this.#callers.values()) {
        const [head] = caller.waiting;
        if (!head || (caller.inWork > 0 && this.#inWorkCost + head.cost > this.#options.maxInWork)) continue;
        if (!next || head.start < next.waiting[0]!.start) next = caller;
      }
      if (!next) return;
      const head = next.waiting[0]!;
      this.#remove(next, head);
      this.#virtualTime = Math.max(this.#virtualTime, head.start);
      next.inWork += 1;
      this.#inWork += 1;
      this.#inWorkCost += head.cost;
      head.begin();
    }
  }

  #remove(caller: Caller, waiting: Waiting): boolean {
    const place = caller.waiting.indexOf(waiting);
    if (place < 0) return false;
    caller.waiting.splice(place, 1);
    this.#queued -= 1;
    this.#queuedCost -= waiting.cost;
    this.#queuedCharacters -= waiting.characters;
    return true;
  }

  /** Drops the record of a caller that has no requests and whose share is used up. */
  #forgetIfIdle(name: string, caller: Caller): void {
    if (this.#inWork + this.#queued === 0) return this.#callers.clear();
    if (caller.inWork + caller.waiting.length === 0 && caller.finish <= this.#virtualTime) {
      this.#callers.delete(name);
    }
  }
}
