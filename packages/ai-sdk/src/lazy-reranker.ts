import type { Reranker } from '@secondpass/core';
import { closedError } from '@secondpass/core/extend';

/** A given reranker, or one that is loaded once, at first use. `close` closes only a loaded one. */
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
    // A failed load was reported to its caller and left nothing to close.
    const loaded = await this.#loading?.catch(() => undefined);
    await loaded?.close?.();
  }
}
