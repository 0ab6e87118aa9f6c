import {
  RequestTurns,
  type TurnSizes,
  tokensAhead,
  tokensOfShort,
  type WaitingBatches,
} from './request-turns.ts';

/** How many idle shares may be remembered before they are looked for. */
const leastSwept = 256;

/**
 * The share of a caller, of one of its tenants, or of all callers (the root): the children of a share get equal parts of it, in
 * padded tokens, while they have requests that wait. Start-time fair queueing (Goyal, Vin & Cheng 1996); its clock is the work
 * done, not seconds.
 *
 * Who has asked for little may be up to a short request ahead of the others, so that one short request runs at once. After
 * 512 tokens per worker of such requests, the share that waits longest gets a turn.
 */
export class OwnerShare<Waiting extends WaitingBatches> {
  readonly parent: OwnerShare<Waiting> | undefined;
  /** The order of its own requests, if it has no children. */
  readonly turns: RequestTurns<Waiting>;
  readonly #name: string;
  readonly #sizes: TurnSizes;
  readonly #children = new Map<string, OwnerShare<Waiting>>();
  /** Children with requests that wait, in the order of their last turn by {@link #overdue}. */
  readonly #active = new Set<OwnerShare<Waiting>>();
  #waiting = 0;
  /** Virtual time of the children: where the latest of them began that was not ahead. */
  #clock = 0;
  /** Tokens of children that were ahead, since another one had its turn. */
  #tokensInARow = 0;
  /** Virtual time, of the parent, at which what it has received ends. */
  #finish = Number.NEGATIVE_INFINITY;
  #sweepAt = leastSwept;

  constructor(sizes: TurnSizes, parent?: OwnerShare<Waiting>, name = '') {
    this.turns = new RequestTurns(sizes);
    this.parent = parent;
    this.#name = name;
    this.#sizes = sizes;
  }

  /** How many children it remembers. */
  get size(): number {
    return this.#children.size;
  }

  /** The child of that name, made if there is none. */
  child(name: string): OwnerShare<Waiting> {
    const known = this.#children.get(name);
    if (known) return known;
    this.#sweep();
    const made = new OwnerShare(this.#sizes, this, name);
    this.#children.set(name, made);
    return made;
  }

  /** Notes that a request waits here. */
  enter(): void {
    for (const share of this.#upwards()) {
      share.#waiting += 1;
      const { parent } = share;
      if (share.#waiting > 1 || !parent) continue;
      share.#finish = Math.max(share.#finish, parent.#clock - tokensOfShort);
      parent.#active.add(share);
    }
  }

  /** Notes that none of a request's batches waits here any more. */
  leave(): void {
    for (const share of this.#upwards()) {
      share.#waiting -= 1;
      if (share.#waiting > 0) continue;
      // Without any request, nothing is owed to any caller.
      if (share.parent) share.parent.#active.delete(share);
      else share.#forgetAll();
    }
  }

  /** Notes that a batch of a request that waits here is handed out. @param tokens padded ones */
  receive(tokens: number): void {
    for (const share of this.#upwards()) {
      const { parent } = share;
      if (parent) parent.#tokensInARow = share.#finish < parent.#clock ? parent.#tokensInARow + tokens : 0;
      share.#finish += tokens;
    }
  }

  /** Whether the next batch is one of a short request. */
  get shortIsNext(): boolean {
    return (this.#overdue() ?? this.#earliest())?.shortIsNext ?? this.turns.shortIsNext;
  }

  /** The share whose request is next; `undefined` if none waits. */
  next(): OwnerShare<Waiting> | undefined {
    if (this.#waiting === 0) return undefined;
    const overdue = this.#overdue();
    if (overdue) this.#noteTurn(overdue);
    const best = overdue ?? this.#earliest();
    if (!best) return this;
    this.#clock = Math.max(this.#clock, best.#finish);
    return best.next();
  }

  /** The child that has waited longest for a turn, if others were ahead for long. */
  #overdue(): OwnerShare<Waiting> | undefined {
    const [longest] = this.#active;
    return this.#tokensInARow < tokensAhead * this.#sizes.workers ? undefined : longest;
  }

  #noteTurn(child: OwnerShare<Waiting>): void {
    this.#tokensInARow = 0;
    this.#active.delete(child);
    this.#active.add(child);
  }

  #earliest(): OwnerShare<Waiting> | undefined {
    let best: OwnerShare<Waiting> | undefined;
    for (const child of this.#active) if (!best || child.#finish < best.#finish) best = child;
    return best;
  }

  /** Names are made up by callers: the list must stay about as long as what is in use. */
  #sweep(): void {
    if (this.#children.size < this.#sweepAt) return;
    for (const child of this.#children.values()) {
      const owes = child.#finish > this.#clock - tokensOfShort;
      if (child.#waiting === 0 && !owes) this.#children.delete(child.#name);
    }
    this.#sweepAt = Math.max(leastSwept, 2 * this.#children.size);
  }

  #forgetAll(): void {
    this.#children.clear();
    this.#clock = 0;
    this.#tokensInARow = 0;
    this.#sweepAt = leastSwept;
  }

  *#upwards(): Generator<OwnerShare<Waiting>> {
    for (let share: OwnerShare<Waiting> | undefined = this; share; share = share.parent) yield share;
  }
}
