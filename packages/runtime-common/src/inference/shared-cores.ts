import { RetrievalError } from '@secondpass/core';
import { defaultWorkers } from './cpu-quota.ts';

/**
 * Cores that several models of one process share. Each model has threads of its own; no more of them run at once than there
 * are cores here, and models that wait take turns, a batch at a time. Pass it as `cores` to each loader.
 *
 * @example
 * const cores = new SharedCores();
 * const small = await loadCrossEncoder(modelDirectory('small'), { cores });
 * const embedder = await loadBiEncoder(modelDirectory('bi-encoder'), { cores });
 */
export class SharedCores {
  readonly count: number;
  readonly #waiting = new Set<() => void>();
  #taken = 0;

  /**
   * @param count threads that may run at once. @default the cgroup's quota, or the cores
   * @throws RetrievalError `invalid-options` unless it is an integer from 1 to 256
   */
  constructor(count: number = defaultWorkers()) {
    if (!Number.isInteger(count) || count < 1 || count > 256) {
      throw new RetrievalError({
        code: 'invalid-options',
        origin: 'shared-cores',
        problem: `count is ${count}.`,
        nextStep: 'Use an integer from 1 to 256.',
      });
    }
    this.count = count;
  }

  /** Whether a model waits for a core. */
  get wanted(): boolean {
    return this.#waiting.size > 0;
  }

  /**
   * Takes a core for one thread.
   *
   * @param whenFree called once when it is worth asking again; one who asks twice keeps its place in the queue
   * @returns false where all are taken
   */
  take(whenFree: () => void): boolean {
    if (this.#taken === this.count) {
      this.#waiting.add(whenFree);
      return false;
    }
    this.#taken += 1;
    this.#waiting.delete(whenFree);
    return true;
  }

  /** Gives one back, to the request that has waited longest; one that needs none any more is skipped. */
  release(): void {
    this.#taken -= 1;
    while (this.#taken < this.count) {
      const [next] = this.#waiting;
      if (!next) return;
      this.#waiting.delete(next);
      next();
    }
  }

  /** Takes a model out of the queue, for one that closes. */
  leave(whenFree: () => void): void {
    this.#waiting.delete(whenFree);
  }
}
