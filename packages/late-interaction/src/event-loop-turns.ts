import { setImmediate } from 'node:timers/promises';

/** Longest stretch of arithmetic before the event loop gets a turn, in milliseconds. */
const stretchMs = 4;

/**
 * Lets a long calculation yield to other work on the event loop: call `pause` after about every millisecond of work.
 */
export class EventLoopTurns {
  readonly #signal: AbortSignal | undefined;
  #since = performance.now();

  constructor(signal?: AbortSignal) {
    this.#signal = signal;
  }

  /** Waits for one turn of the event loop when the time is over. Rejects with the signal's reason once aborted. */
  async pause(): Promise<void> {
    if (performance.now() - this.#since < stretchMs) return;
    await setImmediate();
    this.#signal?.throwIfAborted();
    this.#since = performance.now();
  }
}
