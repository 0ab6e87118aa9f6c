import { RetrievalError } from '../retrieval-error.ts';
import type { TokenSequence } from '../tokenizer/token-sequence.ts';
import type { BatchOutput, SessionSettings } from './session-messages.ts';
import { SessionThread } from './session-thread.ts';

export interface SessionPoolOptions {
  /** The model's name, for errors. */
  readonly origin: string;
  readonly settings: SessionSettings;
  readonly workers: number;
  /** Batches that may wait. A request that would go above it is refused with `overloaded`. */
  readonly maxQueuedBatches: number;
}

interface Job {
  readonly sequences: readonly TokenSequence[];
  readonly signal: AbortSignal | undefined;
  readonly resolve: (output: BatchOutput) => void;
  readonly reject: (error: unknown) => void;
}

/** Worker threads that each hold the model, fed from one queue; the event loop never waits for a matrix product. */
export class SessionPool {
  readonly #options: SessionPoolOptions;
  readonly #queue: Job[] = [];
  readonly #idle: SessionThread[] = [];
  readonly #threads = new Set<SessionThread>();
  #closed = false;

  private constructor(options: SessionPoolOptions) {
    this.#options = options;
  }

  /** @throws RetrievalError `model-damaged` or `model-unsupported` when the graph cannot be loaded */
  static async open(options: SessionPoolOptions): Promise<SessionPool> {
    const pool = new SessionPool(options);
    const starts = Array.from({ length: options.workers }, () => pool.#startThread());
    const outcomes = await Promise.allSettled(starts);
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed) {
      await pool.close();
      throw failed.reason;
    }
    return pool;
  }

  /**
   * Runs one batch on the next free thread.
   *
   * @param signal takes the batch out of the queue; a batch that is running ends, its result unheard
   * @throws RetrievalError `overloaded`, `closed` or `model-output-invalid`, or the signal's reason
   */
  run(sequences: readonly TokenSequence[], signal?: AbortSignal): Promise<BatchOutput> {
    const { origin, maxQueuedBatches } = this.#options;
    if (this.#closed) return Promise.reject(closedError(origin));
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#queue.length >= maxQueuedBatches) {
      return Promise.reject(
        new RetrievalError({
          code: 'overloaded',
          origin,
          problem: `${maxQueuedBatches} batches are waiting already.`,
          nextStep: 'Try again later, send fewer requests at once, or raise maxQueuedBatches.',
        }),
      );
    }
    return new Promise((resolve, reject) => {
      const leave = () => {
        const place = this.#queue.indexOf(job);
        if (place !== -1) this.#queue.splice(place, 1);
        reject(signal!.reason);
      };
      const job: Job = {
        sequences,
        signal,
        resolve: (output) => {
          signal?.removeEventListener('abort', leave);
          resolve(output);
        },
        reject: (error) => {
          signal?.removeEventListener('abort', leave);
          reject(error);
        },
      };
      signal?.addEventListener('abort', leave, { once: true });
      this.#queue.push(job);
      this.#feed();
    });
  }

  /** Refuses what waits, ends the threads and frees the model. Safe to call twice, and in any state. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const job of this.#queue.splice(0)) job.reject(closedError(this.#options.origin));
    const threads = [...this.#threads];
    this.#threads.clear();
    this.#idle.length = 0;
    await Promise.all(threads.map((thread) => thread.close()));
  }

  async #startThread(): Promise<void> {
    const { origin, settings } = this.#options;
    const thread = new SessionThread(origin, settings);
    this.#threads.add(thread);
    try {
      await thread.ready;
    } catch (error) {
      this.#threads.delete(thread);
      throw error;
    }
    if (this.#closed) return;
    this.#idle.push(thread);
    this.#feed();
  }

  #feed(): void {
    while (this.#queue.length > 0 && this.#idle.length > 0) {
      void this.#work(this.#idle.pop()!, this.#queue.shift()!);
    }
  }

  async #work(thread: SessionThread, job: Job): Promise<void> {
    try {
      job.resolve(await thread.run(job.sequences));
    } catch (error) {
      job.reject(this.#closed ? closedError(this.#options.origin) : error);
    }
    if (this.#closed) return;
    if (!thread.dead) {
      this.#idle.push(thread);
      return this.#feed();
    }
    this.#threads.delete(thread);
    // A crash costs its own batch only: a new thread takes the place, and if none can, those who wait are told why.
    await this.#startThread().catch((error) => {
      if (this.#threads.size > 0) return;
      for (const waiting of this.#queue.splice(0)) waiting.reject(error);
    });
  }
}

function closedError(origin: string): RetrievalError {
  return new RetrievalError({
    code: 'closed',
    origin,
    problem: 'It has been closed.',
    nextStep: 'Load the model again, and close it only when nothing uses it any more.',
  });
}
