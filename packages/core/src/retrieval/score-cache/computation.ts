import type { Degradation, OnDegraded } from '../seams/degradation.ts';
import type { PassageScore } from '../seams/reranker.ts';

/** Longest delay of `setTimeout`: 24 days. */
const longestTimer = 2 ** 31 - 1;

type Scores = readonly (PassageScore | null)[];

/**
 * One call of a reranker that several requests may wait for. It goes on as long as one of them waits: an aborted request
 * leaves, and only the last to leave stops the work.
 */
export class Computation {
  readonly #controller = new AbortController();
  readonly #outcome: Promise<Scores>;
  /** Its scores when it ends, or `undefined` when it fails; never rejects. */
  readonly ended: Promise<Scores | undefined>;
  /** Why its scores are not the full answer; complete when it ends. */
  readonly degradations: Degradation[] = [];
  #waiting = 0;

  /** @param compute begins at once, and stops when its signal aborts */
  constructor(compute: (signal: AbortSignal, onDegraded: OnDegraded) => Promise<Scores>) {
    this.#outcome = compute(this.#controller.signal, (degradation) => {
      this.degradations.push(degradation);
    });
    this.ended = this.#outcome.catch(() => undefined);
  }

  /**
   * All scores of the call, or `undefined` if the deadline comes first. Rejects as the call does, or with the
   * signal's reason once aborted.
   */
  async wait(signal: AbortSignal | undefined, deadlineAt: number | undefined): Promise<Scores | undefined> {
    this.#waiting += 1;
    const left = new AbortController();
    try {
      return await Promise.race([
        this.#outcome,
        ...(signal ? [rejected(signal, left.signal)] : []),
        ...(deadlineAt !== undefined ? [passed(deadlineAt, left.signal)] : []),
      ]);
    } finally {
      left.abort();
      this.#waiting -= 1;
      if (this.#waiting === 0) this.#controller.abort(signal?.reason);
    }
  }
}

function rejected(signal: AbortSignal, until: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true, signal: until });
  });
}

function passed(deadlineAt: number, until: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    const milliseconds = Math.max(0, Math.min(deadlineAt - performance.now(), longestTimer));
    const timer = setTimeout(() => resolve(undefined), milliseconds);
    until.addEventListener('abort', () => clearTimeout(timer), { once: true });
  });
}
