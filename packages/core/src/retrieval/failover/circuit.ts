/** When to stop asking a reranker that keeps failing, and when to try it again. */
export interface CircuitOptions {
  /** This many failures within `windowMs` open the circuit: the reranker is not asked. @default 5 */
  readonly failures?: number;
  /** …if they are at least this share of the calls that ended in that time, from 0 to 1. @default 0.5 */
  readonly failureShare?: number;
  /** @default 30_000 */
  readonly windowMs?: number;
  /** After this time one call is let through; its outcome closes the circuit or leaves it open. @default 10_000 */
  readonly probeAfterMs?: number;
}

/** `unknown` says nothing about the reranker: the call was aborted, or its caller made a mistake. */
export type CallOutcome = 'answered' | 'failed' | 'unknown';

/** Permission for one call. Its outcome counts once. */
export interface CircuitPass {
  settle(outcome: CallOutcome, now: number): void;
}

interface Slice {
  readonly start: number;
  ended: number;
  failed: number;
}

/** The window is counted in this many parts, so that its memory does not depend on the traffic. */
const slices = 10;

/**
 * A circuit breaker (Nygard 2007, "Release It!"): closed, open, half-open with one probe at a time. It uses no clock
 * and no promise itself; `now` comes from any monotonic clock, in milliseconds.
 */
export class Circuit {
  readonly #options: Required<CircuitOptions>;
  #slices: Slice[] = [];
  /** When the next probe is due; `undefined` while closed. */
  #probeAt: number | undefined;
  #probing = false;
  /** Changes when the circuit opens or closes: outcomes of calls that began earlier are ignored. */
  #era = 0;

  constructor({
    failures = 5,
    failureShare = 0.5,
    windowMs = 30_000,
    probeAfterMs = 10_000,
  }: CircuitOptions = {}) {
    this.#options = { failures, failureShare, windowMs, probeAfterMs };
  }

  /** Whether {@link enter} would let a call through. */
  admits(now: number): boolean {
    return this.#probeAt === undefined || (now >= this.#probeAt && !this.#probing);
  }

  /** Lets a call through, or returns `undefined`. */
  enter(now: number): CircuitPass | undefined {
    if (!this.admits(now)) return undefined;
    const era = this.#era;
    const isProbe = this.#probeAt !== undefined;
    this.#probing = isProbe;
    let settled = false;
    return {
      settle: (outcome, at) => {
        if (settled || era !== this.#era) return;
        settled = true;
        if (isProbe) this.#endProbe(outcome, at);
        else if (outcome !== 'unknown') this.#count(outcome === 'failed', at);
      },
    };
  }

  #endProbe(outcome: CallOutcome, now: number): void {
    this.#probing = false;
    // A probe whose caller aborted proves nothing: the next call is a probe again.
    if (outcome === 'unknown') return;
    this.#era += 1;
    this.#slices = [];
    this.#probeAt = outcome === 'failed' ? now + this.#options.probeAfterMs : undefined;
  }

  #count(failed: boolean, now: number): void {
    const { windowMs, failures, failureShare, probeAfterMs } = this.#options;
    this.#slices = this.#slices.filter(({ start }) => start > now - windowMs);
    const last = this.#slices.at(-1);
    const slice = last && now < last.start + windowMs / slices ? last : { start: now, ended: 0, failed: 0 };
    if (slice !== last) this.#slices.push(slice);
    slice.ended += 1;
    slice.failed += Number(failed);
    const sum = (key: 'ended' | 'failed') => this.#slices.reduce((total, one) => total + one[key], 0);
    if (sum('failed') < failures || sum('failed') < failureShare * sum('ended')) return;
    this.#era += 1;
    this.#slices = [];
    this.#probeAt = now + probeAfterMs;
  }
}
