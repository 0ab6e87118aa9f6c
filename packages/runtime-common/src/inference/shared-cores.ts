import { RetrievalError } from '@secondpass/core';
import { defaultWorkers } from './cpu-quota.ts';

/**
 * Cores that several models of one process share. Each model has threads of its own; at most as many threads run at
 * once as there are cores here, and waiting models take turns, a batch at a time. Pass it as `cores` to each loader.
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
   * @param whenFree called once when a core may be free; a caller that asks twice keeps its place in the queue
   * @returns false if all are taken
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

  /** Gives one back, to the model that has waited longest; a model that needs none any more is skipped. */
  release(): void {
    this.#taken -= 1;
    while (this.#taken < this.count) {
      const [next] = this.#waiting;
      if (!next) return;
      this.#waiting.delete(next);
      next();
    }
  }

  /** Removes a closing model from the queue. */
  leave(whenFree: () => void): void {
    this.#waiting.delete(whenFree);
  }
}
