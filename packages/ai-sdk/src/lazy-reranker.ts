import type { Reranker } from '@secondpass/core';
import { closedError } from '@secondpass/core/extend';

/** A reranker that is there, or one that is loaded once, at its first use. What it loaded, it closes. */
export class LazyReranker {
  readonly #given: Reranker | (() => Promise<Reranker>);
  #loading: Promise<Reranker> | undefined;
  #closed = false;

  constructor(given: Reranker | (() => Promise<Reranker>)) {
    this.#given = given;
  }

  /** A failed load is tried again at the next call. @throws RetrievalError `closed`, or of the loader */
  async get(): Promise<Reranker> {
    if (this.#closed) throw closedError('secondpass');
    if (typeof this.#given !== 'function') return this.#given;
    this.#loading ??= this.#given().catch((error) => {
      this.#loading = undefined;
      throw error;
    });
    return this.#loading;
  }

  async close(): Promise<void> {
    this.#closed = true;
    // A load that failed told its own caller, and left nothing to close.
    const loaded = await this.#loading?.catch(() => undefined);
    await loaded?.close?.();
  }
}
