/** A request that waits at a {@link ShareNode}. */
interface Queued {
  /** The work to answer it. */
  readonly cost: number;
}

/** How many idle children may be remembered before they are looked for. */
const leastSwept = 256;

/**
 * A tenant, the caller that it belongs to, or the root of all callers. Start-time fair queueing (Goyal, Vin & Cheng 1996),
 * nested: the children of a node share what the node receives, each by its weight. There is no clock of seconds: virtual
 * time is the work done.
 */
export class ShareNode<Request extends Queued> {
  readonly parent: ShareNode<Request> | undefined;
  /** The requests of a node without children, oldest first. */
  readonly waiting: Request[] = [];
  readonly #name: string;
  readonly #weight: number;
  readonly #children = new Map<string, ShareNode<Request>>();
  #queued = 0;
  #inWork = 0;
  /** Virtual time of the children. */
  #clock = 0;
  /** Virtual time, of the parent, at which its next request begins. */
  #start = 0;
  /** Virtual time, of the parent, at which what it has received ends. */
  #finish = 0;
  #sweepAt = leastSwept;

  constructor(parent?: ShareNode<Request>, name = '', weight = 1) {
    this.parent = parent;
    this.#name = name;
    this.#weight = weight;
  }

  /** Requests that wait here or below. */
  get queued(): number {
    return this.#queued;
  }

  /** Requests in work of this node and those below. */
  get inWork(): number {
    return this.#inWork;
  }

  /** How many children it remembers. */
  get size(): number {
    return this.#children.size;
  }

  /** Whether it has received no more than its siblings that wait, and the same holds for each node above it. */
  get isDue(): boolean {
    const { parent } = this;
    if (!parent) return true;
    const start = this.#queued > 0 ? this.#start : Math.max(this.#finish, parent.#clock);
    return (start <= parent.#clock || !parent.#hasBefore(start)) && parent.isDue;
  }

  /** The child of that name, made if there is none. */
  child(name: string, weight = 1): ShareNode<Request> {
    const known = this.#children.get(name);
    if (known) return known;
    this.#sweep();
    const made = new ShareNode(this, name, weight);
    this.#children.set(name, made);
    return made;
  }

  /**
   * Notes that a request waits here. Who asked for nothing so far has saved nothing up.
   *
   * @param isFirst whether it goes before the others here
   */
  queue(request: Request, isFirst: boolean): void {
    if (isFirst) this.waiting.unshift(request);
    else this.waiting.push(request);
    for (const node of this.#upwards()) {
      if (node.#queued === 0 && node.parent) node.#start = Math.max(node.parent.#clock, node.#finish);
      node.#queued += 1;
    }
  }

  /** @returns false if the request does not wait here */
  remove(request: Request): boolean {
    const place = this.waiting.indexOf(request);
    if (place < 0) return false;
    this.waiting.splice(place, 1);
    for (const node of this.#upwards()) node.#queued -= 1;
    return true;
  }

  /** Takes the oldest request into work. */
  begin(): Request {
    const request = this.waiting.shift()!;
    for (const node of this.#upwards()) {
      node.#queued -= 1;
      node.#inWork += 1;
      if (!node.parent) continue;
      node.parent.#clock = Math.max(node.parent.#clock, node.#start);
      node.#finish = node.#start + request.cost / node.#weight;
      node.#start = node.#finish;
    }
    return request;
  }

  /** Notes that a request in work takes more than it was queued with. */
  grow(cost: number): void {
    for (const node of this.#upwards()) {
      node.#finish += cost / node.#weight;
      node.#start += cost / node.#weight;
    }
  }

  /** Notes that a request of this node has ended. */
  end(): void {
    for (const node of this.#upwards()) node.#inWork -= 1;
  }

  /** Drops this node, and those above, where there is nothing to do and the share is used up. */
  forgetIfIdle(): void {
    for (const node of [...this.#upwards()]) {
      if (node.parent && node.#isIdleIn(node.parent)) node.parent.#children.delete(node.#name);
    }
  }

  /**
   * The node whose oldest request is next by shares; `undefined` if none may begin.
   *
   * @param mayBegin whether the oldest request of this node may begin now
   */
  next(mayBegin: (node: ShareNode<Request>) => boolean): ShareNode<Request> | undefined {
    if (this.waiting.length > 0) return mayBegin(this) ? this : undefined;
    let best: ShareNode<Request> | undefined;
    let bestStart = Number.POSITIVE_INFINITY;
    for (const child of this.#children.values()) {
      if (child.#queued === 0 || child.#start >= bestStart) continue;
      const found = child.next(mayBegin);
      if (!found) continue;
      best = found;
      bestStart = child.#start;
    }
    return best;
  }

  #hasBefore(start: number): boolean {
    for (const child of this.#children.values()) if (child.#queued > 0 && child.#start < start) return true;
    return false;
  }

  #isIdleIn(parent: ShareNode<Request>): boolean {
    return this.#queued + this.#inWork === 0 && this.#finish <= parent.#clock;
  }

  *#upwards(): Generator<ShareNode<Request>> {
    for (let node: ShareNode<Request> | undefined = this; node; node = node.parent) yield node;
  }

  /** Names are made up by callers: the list must stay about as long as what is in use. */
  #sweep(): void {
    if (this.#children.size < this.#sweepAt) return;
    for (const child of this.#children.values()) child.forgetIfIdle();
    this.#sweepAt = Math.max(leastSwept, 2 * this.#children.size);
  }
}
