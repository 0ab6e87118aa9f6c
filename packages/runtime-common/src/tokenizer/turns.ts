/**
 * Lets a few pieces of work run at a time, in order of arrival. A slot becomes free one turn of the event loop later,
 * so that work without a thread does not block other callbacks.
 */
export class Turns {
  readonly #waiting = new Set<() => void>();
  #free: number;

  constructor(atOnce: number) {
    this.#free = atOnce;
  }

  /** @throws the signal's reason; work that has begun runs to its end, and keeps its slot until then */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    if (this.#free > 0) this.#free -= 1;
    else await this.#wait(signal);
    try {
      return await work();
    } finally {
      setImmediate(() => this.#leave());
    }
  }

  #wait(signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const settle = () => {
      this.#waiting.delete(enter);
      signal?.removeEventListener('abort', abort);
    };
    const enter = () => {
      settle();
      resolve();
    };
    const abort = () => {
      settle();
      reject(signal!.reason);
    };
    signal?.addEventListener('abort', abort, { once: true });
    this.#waiting.add(enter);
    return promise;
  }

  #leave(): void {
    const [next] = this.#waiting;
    if (next) next();
    else this.#free += 1;
  }
}
