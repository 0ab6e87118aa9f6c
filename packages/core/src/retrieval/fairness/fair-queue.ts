import { RetrievalError } from '../../foundation/retrieval-error.ts';
import { RecentRate } from './recent-rate.ts';
import { ShareNode } from './share-node.ts';

/** The limits of a {@link FairQueue}. */
export interface FairQueueOptions {
  /** Names the queue in errors. */
  readonly origin: string;
  /** The total cost of the requests that run at the same time. */
  readonly maxInWork: number;
  /** Requests of one tenant that may wait; or of one caller, if it names no tenants. */
  readonly maxQueued: number;
  /** Characters of all waiting requests; this bounds the memory that they use. @default no limit */
  readonly maxQueuedCharacters?: number;
}

/** How large a request is. */
export interface RequestSize {
  /** The work to answer it, in any unit, above 0. Shares are counted in this. */
  readonly cost: number;
  /** The size of its texts while it waits, in UTF-16 code units. */
  readonly characters: number;
  /**
   * Whether it is the next part of a request that has had a turn. It goes before the others of its tenant, and is not
   * refused.
   * @default false
   */
  readonly isNextPart?: boolean;
}

/** Whose request it is. */
export interface RequestOwner {
  readonly caller: string;
  /** One of several that the caller asks for; they share what the caller gets. @default none */
  readonly tenant?: string | undefined;
  /** How large the tenant's share is, where the others have 1. @default 1 */
  readonly weight?: number | undefined;
}

/** A request's turn. */
export interface Turn {
  /** Milliseconds that the request waited for its turn. */
  readonly waitedMs: number;
  /** Adds work to it that it was not queued with. Its caller pays for that later. */
  grow(cost: number): void;
  /** Ends it; a second call does nothing. */
  end(): void;
}

type Room = 'common' | 'reserved';

interface Waiting extends RequestSize {
  readonly begin: (room: Room) => void;
}

/**
 * Decides which request runs next. Each caller gets the same share of the work, however many requests it sends (start-time
 * fair queueing, Goyal, Vin & Cheng 1996), and the tenants of a caller share what the caller gets. Requests of a total
 * cost of `maxInWork` run at the same time, so that a model can join them into batches.
 *
 * A caller that has nothing in work never waits. A tenant that has nothing in work, and has received no more than others, may
 * use a second room of the same size, which all such tenants share. So the first request of either does not wait behind another
 * one's long request.
 *
 * @example
 * import { FairQueue } from '@secondpass/core/extend';
 * const queue = new FairQueue({ origin: 'my-service', maxInWork: 100, maxQueued: 50 });
 * const turn = await queue.turn({ caller: 'acme' }, { cost: 10, characters: 800 });
 * queue.inWork; // → 1
 * turn.end();
 * queue.inWork; // → 0
 */
export class FairQueue {
  readonly #options: FairQueueOptions;
  readonly #rate = new RecentRate();
  readonly #cost = { waiting: 0, common: 0, reserved: 0 };
  #root = new ShareNode<Waiting>();
  #queuedCharacters = 0;

  constructor(options: FairQueueOptions) {
    this.#options = options;
  }

  /** Requests that wait. */
  get queued(): number {
    return this.#root.queued;
  }

  /** Characters of the requests that wait. */
  get queuedCharacters(): number {
    return this.#queuedCharacters;
  }

  /** Requests that have a turn. */
  get inWork(): number {
    return this.#root.inWork;
  }

  /** Seconds until all current requests are served, estimated from the rate of the last 30 seconds: from 1 to 60. */
  get secondsUntilServed(): number {
    const costPerSecond = this.#rate.perSecond(performance.now());
    if (costPerSecond === undefined) return 1;
    const { waiting, common, reserved } = this.#cost;
    return Math.min(60, Math.max(1, Math.ceil((waiting + common + reserved) / costPerSecond)));
  }

  /**
   * Waits for a turn.
   *
   * @throws RetrievalError `overloaded` with `retryAfterMs`, immediately, if too many requests wait; or the signal's reason
   */
  async turn(
    { caller, tenant = '', weight }: RequestOwner,
    { cost, characters, isNextPart = false }: RequestSize,
    signal?: AbortSignal,
  ): Promise<Turn> {
    signal?.throwIfAborted();
    const node = this.#root.child(caller).child(tenant, weight);
    const mustWait = node.waiting.length > 0 || this.#roomFor(node, cost) === undefined;
    if (mustWait && !isNextPart) this.#refuseAbove(node, characters, tenant === '' ? 'caller' : 'tenant');
    const asked = performance.now();
    const begun = Promise.withResolvers<Room>();
    const waiting = { cost, characters, begin: begun.resolve };
    node.queue(waiting, isNextPart);
    this.#count(waiting, 1);
    const leave = (): void => {
      if (!node.remove(waiting)) return;
      this.#count(waiting, -1);
      begun.reject(signal?.reason);
      // A smaller one behind it may have room.
      this.#serve();
      this.#forgetIfIdle(node);
    };
    signal?.addEventListener('abort', leave, { once: true });
    // A new request makes no room for those that wait already.
    if (!mustWait) this.#begin(node);
    const room = await begun.promise.finally(() => signal?.removeEventListener('abort', leave));
    let [held, ended] = [cost, false];
    const grow = (more: number): void => {
      held += more;
      this.#cost[room] += more;
      node.grow(more);
    };
    const end = (): void => {
      if (ended) return;
      ended = true;
      node.end();
      this.#cost[room] -= held;
      this.#rate.add(held, performance.now());
      this.#serve();
      this.#forgetIfIdle(node);
    };
    return { waitedMs: performance.now() - asked, grow, end };
  }

  /** Where a request may begin now; `undefined` if it has to wait. */
  #roomFor(node: ShareNode<Waiting>, cost: number): Room | undefined {
    const { maxInWork } = this.#options;
    const { common, reserved } = this.#cost;
    if (common === 0 || common + cost <= maxInWork || node.parent!.inWork === 0) return 'common';
    const fits = reserved === 0 || reserved + cost <= maxInWork;
    return node.inWork === 0 && fits && node.isDue ? 'reserved' : undefined;
  }

  #refuseAbove(node: ShareNode<Waiting>, characters: number, who: string): void {
    const { origin, maxQueued, maxQueuedCharacters = Number.POSITIVE_INFINITY } = this.#options;
    const waiting = node.waiting.length;
    if (waiting < maxQueued && this.#queuedCharacters + characters <= maxQueuedCharacters) return;
    this.#forgetIfIdle(node);
    const seconds = this.secondsUntilServed;
    throw new RetrievalError({
      code: 'overloaded',
      origin,
      problem: `${waiting} requests of this ${who} are waiting, and ${this.queued} in all.`,
      nextStep: `Try again in ${seconds} s.`,
      retryAfterMs: seconds * 1000,
    });
  }

  /** Starts every request that may begin, in the order of shares. */
  #serve(): void {
    for (;;) {
      const node = this.#root.next((one) => this.#roomFor(one, one.waiting[0]!.cost) !== undefined);
      if (!node) return;
      this.#begin(node);
    }
  }

  #begin(node: ShareNode<Waiting>): void {
    const room = this.#roomFor(node, node.waiting[0]!.cost) ?? 'common';
    const request = node.begin();
    this.#count(request, -1);
    this.#cost[room] += request.cost;
    request.begin(room);
  }

  #count({ cost, characters }: RequestSize, sign: 1 | -1): void {
    this.#cost.waiting += sign * cost;
    this.#queuedCharacters += sign * characters;
  }

  #forgetIfIdle(node: ShareNode<Waiting>): void {
    // Without any request, no share is owed to any caller.
    if (this.#root.inWork + this.#root.queued === 0) this.#root = new ShareNode();
    else node.forgetIfIdle();
  }
}
