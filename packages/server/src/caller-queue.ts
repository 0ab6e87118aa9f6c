import { RetrievalError } from '@secondpass/core';
import { RecentRate } from './recent-rate.ts';

export interface CallerQueueOptions {
  /** Cost that is in work at once. */
  readonly maxInWork: number;
  /** Requests of one caller that may wait. */
  readonly maxQueued: number;
  /** Characters of all that waits, which is what it takes of memory. */
  readonly maxQueuedCharacters: number;
}

/** How large a request is. */
export interface RequestSize {
  /** What it takes to answer; what fairness goes by. */
  readonly cost: number;
  /** What it holds while it waits, in UTF-16 code units. */
  readonly characters: number;
}

/** A request's turn. */
export interface Turn {
  /** Milliseconds that it waited for it. */
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
  /** Virtual time at which all that it has asked for is served. */
  finish: number;
}

/**
 * Whose request is worked on next. Callers are served evenly by cost, however many requests each of them sends (start-time
 * fair queueing, Goyal, Vin & Cheng 1996): a caller that has had less goes first. Up to `maxInWork` is in work at once, so
 * that a model can join requests into batches, and one request of each caller in any case, so that no caller waits behind
 * another caller's long one.
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

  /** In how many seconds what waits now will have been served, by the rate of late: from 1 to 60. */
  get secondsUntilServed(): number {
    const costPerSecond = this.#rate.perSecond(performance.now());
    if (costPerSecond === undefined) return 1;
    return Math.min(60, Math.max(1, Math.ceil((this.#queuedCost + this.#inWorkCost) / costPerSecond)));
  }

  /**
   * Waits for a turn.
   *
   * @throws RetrievalError `overloaded` at once where too much waits; or the signal's reason
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

  /** Begins what may begin: the caller that has had least first. */
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

  /** One that asks for nothing and owes nothing needs no memory. */
  #forgetIfIdle(name: string, caller: Caller): void {
    if (this.#inWork + this.#queued === 0) return this.#callers.clear();
    if (caller.inWork + caller.waiting.length === 0 && caller.finish <= this.#virtualTime) {
      this.#callers.delete(name);
    }
  }
}
