import { RetrievalError } from '@secondpass/core';
import { closedError } from '@secondpass/core/extend';
import type { OnWarning, RunRequest } from '@secondpass/core/runtime';
import { batchInstruments } from './batch-instruments.ts';
import { nextThread } from './next-thread.ts';
import { PoolRequest } from './pool-request.ts';
import { recordBatch } from './record-batch.ts';
import { type BatchPart, Scheduler } from './scheduler.ts';
import type { SessionSettings } from './session-messages.ts';
import { NotStarted, SessionThread } from './session-thread.ts';
import type { SharedCores } from './shared-cores.ts';

export interface SessionPoolOptions {
  /** The model's name, for errors. */
  readonly origin: string;
  /** The file that a thread runs. */
  readonly script: URL;
  readonly settings: SessionSettings;
  readonly workers: number;
  /** The most padded tokens of a batch, unless one sequence alone is longer. */
  readonly maxBatchTokens: number;
  /** Whether requests may share a batch: only if a row does not depend on the rest of its batch. */
  readonly joining: boolean;
  /** How many batches may wait. A request that would exceed it is refused with `overloaded`. */
  readonly maxQueuedBatches: number;
  /** Cores that this pool's threads share with other pools'. @default each thread has its own */
  readonly cores?: SharedCores | undefined;
  /** Called when a thread was lost, and when one cannot be started. */
  readonly onWarning?: OnWarning | undefined;
  /** Aborts the opening: it rejects once the loading threads have ended. */
  readonly signal?: AbortSignal | undefined;
}

/** Milliseconds between two attempts to replace a thread; doubled each time. */
const [firstRetryMs, longestRetryMs] = [1_000, 60_000];

/**
 * Worker threads that each hold the model, fed by one scheduler; the event loop never waits for a matrix product.
 *
 * @example
 * import { writeFile } from 'node:fs/promises';
 * import { resolve } from 'node:path';
 * import { pathToFileURL } from 'node:url';
 * import { SessionPool } from '@secondpass/runtime-common';
 * await writeFile('session.mjs', `import { serveSession } from '@secondpass/runtime-common/thread';
 *   const graph = { inputNames: ['input_ids'], outputNames: ['logits'], run: async () => ({}), release: async () => {} };
 *   await serveSession({ open: async () => graph, tensorOf: (type, data) => data }); // in earnest: ONNX Runtime`);
 * const settings = { graph: resolve('model.onnx'), preferredOutputs: ['logits'], threads: 1 };
 * const limits = { workers: 1, maxBatchTokens: 256, joining: true, maxQueuedBatches: 64 };
 * const pool = await SessionPool.open({ origin: 'my-model', script: pathToFileURL('session.mjs'), settings, ...limits });
 * await pool.close();
 */
export class SessionPool {
  readonly #options: SessionPoolOptions;
  readonly #scheduler: Scheduler<PoolRequest>;
  readonly #open = new Set<PoolRequest>();
  /** Parts of failed shared batches: each runs on its own, so that one request's fault does not fail another. */
  readonly #retried: BatchPart<PoolRequest>[] = [];
  readonly #ready = new Set<SessionThread>();
  readonly #threads = new Set<SessionThread>();
  /** Threads that hold one of the shared cores. */
  readonly #onCore = new Set<SessionThread>();
  readonly #feedAgain = () => this.#feed();
  #retryTimer: NodeJS.Timeout | undefined;
  #retryMs = firstRetryMs;
  #closed = false;

  private constructor(options: SessionPoolOptions) {
    this.#options = options;
    this.#scheduler = new Scheduler(options);
  }

  get maxBatchTokens(): number {
    return this.#options.maxBatchTokens;
  }

  /**
   * Opens with one thread. The others start behind it: they would only delay the first answer of a process whose cores are
   * busy with loading.
   *
   * @throws RetrievalError `model-damaged` or `model-unsupported` when the graph cannot be loaded; or the signal's reason
   */
  static async open(options: SessionPoolOptions): Promise<SessionPool> {
    const { workers, signal } = options;
    signal?.throwIfAborted();
    const pool = new SessionPool(options);
    try {
      await pool.#startThread();
      signal?.throwIfAborted();
    } catch (error) {
      await pool.close();
      signal?.throwIfAborted();
      throw error;
    }
    for (let thread = 1; thread < workers; thread += 1) void pool.#addThread();
    return pool;
  }

  /**
   * Runs a request's sequences, taking turns with other requests.
   *
   * @param plan lengths of the sequences → batches of their positions, in the order they are to run
   * @returns the result of `read` for each row; `undefined` for rows that were not done at the deadline
   * @throws RetrievalError `overloaded`, `closed` or `model-output-invalid`, or the signal's reason
   */
  async run<T>(
    request: RunRequest<T>,
    plan: (lengths: readonly number[]) => readonly (readonly number[])[],
  ): Promise<(T | undefined)[]> {
    if (this.#closed) throw closedError(this.#options.origin);
    request.signal?.throwIfAborted();
    if (request.sequences.length === 0) return [];
    const lengths = request.sequences.map(({ ids }) => ids.length);
    const batches = plan(lengths).map((members) => ({
      members,
      longest: Math.max(...members.map((index) => lengths[index]!)),
    }));
    this.#refuseAbove(batches.length);
    const accepted = new PoolRequest(request, (settled) => {
      this.#open.delete(settled);
      this.#scheduler.remove(settled);
    });
    this.#open.add(accepted);
    this.#scheduler.add(accepted, batches, request);
    if (this.#threads.size === 0) void this.#addThread();
    this.#feed();
    return (await accepted.answer) as (T | undefined)[];
  }

  /** Rejects waiting requests, ends the threads and frees the model. Safe to call twice, and in any state. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retryTimer);
    this.#options.cores?.leave(this.#feedAgain);
    this.#failAll(closedError(this.#options.origin));
    const threads = [...this.#threads];
    this.#ready.clear();
    await Promise.all(threads.map((thread) => thread.close()));
    this.#threads.clear();
  }

  #refuseAbove(batches: number): void {
    const { origin, maxQueuedBatches, workers } = this.#options;
    const waiting = this.#scheduler.waitingBatches;
    // Batches that go to a free thread at once do not count as waiting.
    const free = waiting === 0 ? Math.min(workers, this.#idleThreads().length) : 0;
    if (waiting + batches - free <= maxQueuedBatches) return;
    throw new RetrievalError({
      code: 'overloaded',
      origin,
      problem: `${waiting} batches are waiting, this request has ${batches} more, and ${maxQueuedBatches} may wait.`,
      nextStep: 'Try again later, send fewer passages or requests at once, or raise maxQueuedBatches.',
    });
  }

  #failAll(error: unknown): void {
    for (const request of this.#open) request.fail(error);
  }

  async #startThread(): Promise<void> {
    const { origin, script, settings } = this.#options;
    const thread: SessionThread = new SessionThread({ origin, script, settings }, () => this.#lose(thread));
    this.#threads.add(thread);
    try {
      await thread.ready;
    } catch (error) {
      this.#threads.delete(thread);
      throw error;
    }
    if (this.#closed) return;
    this.#ready.add(thread);
    batchInstruments().liveWorkers.add(1, { model: origin });
    this.#feed();
  }

  #feed(): void {
    for (let thread = this.#nextThread(); thread; thread = this.#nextThread()) {
      if (this.#retried.length + this.#scheduler.waitingBatches === 0 || !this.#takeCore(thread)) return;
      const retried = this.#retried.pop();
      const urgent = !retried && this.#scheduler.shortIsNext;
      const parts = retried ? [retried] : this.#scheduler.next()!;
      if (parts.some(({ request }) => !request.settled)) void this.#work(thread, parts, urgent);
      else this.#releaseCore(thread);
    }
  }

  #nextThread(): SessionThread | undefined {
    const { waitingBatches, shortIsNext } = this.#scheduler;
    const waiting = { waitingBatches, shortIsNext: shortIsNext && this.#retried.length === 0 };
    // With a next batch a thread would keep its core, although another model waits for one.
    return nextThread([...this.#ready], waiting, this.#options.cores?.wanted);
  }

  #idleThreads(): SessionThread[] {
    return [...this.#ready].filter(({ idle }) => idle);
  }

  #takeCore(thread: SessionThread): boolean {
    const { cores } = this.#options;
    if (!cores || this.#onCore.has(thread)) return true;
    if (!cores.take(this.#feedAgain)) return false;
    this.#onCore.add(thread);
    return true;
  }

  #releaseCore(thread: SessionThread): void {
    if (thread.idle && this.#onCore.delete(thread)) this.#options.cores!.release();
  }

  async #work(
    thread: SessionThread,
    parts: readonly BatchPart<PoolRequest>[],
    urgent: boolean,
  ): Promise<void> {
    try {
      const sequences = parts.flatMap(({ request, members }) =>
        members.map((index) => request.sequences[index]!),
      );
      recordBatch(this.#options, parts, sequences);
      const [{ request }] = parts as [BatchPart<PoolRequest>];
      const mayWait = parts.length === 1 && !request.hasDeadline;
      const output = await thread.run({ sequences, urgent, request: mayWait ? request.number : undefined });
      let row = 0;
      for (const { request, members } of parts) {
        request.receive(members, output, row);
        row += members.length;
      }
    } catch (error) {
      if (parts.length > 1 || error instanceof NotStarted) this.#retried.push(...parts);
      else parts[0]!.request.fail(error);
    }
    this.#releaseCore(thread);
    if (!this.#closed) this.#feed();
  }

  /** A crash fails its own batch only: a new thread replaces the lost one. */
  #lose(thread: SessionThread): void {
    const { origin, onWarning } = this.#options;
    if (this.#ready.delete(thread)) batchInstruments().liveWorkers.add(-1, { model: origin });
    this.#threads.delete(thread);
    this.#releaseCore(thread);
    if (this.#closed) return;
    onWarning?.({
      origin,
      problem: 'A thread that runs the model ended.',
      nextStep:
        'Another thread replaces it; if that happens again, give more memory or lower maxBatchTokens.',
    });
    void this.#addThread();
  }

  /**
   * If no thread can be started, a later attempt follows; if no thread is left, waiting requests reject with the
   * reason.
   */
  async #addThread(): Promise<void> {
    const { origin, workers, onWarning } = this.#options;
    try {
      await this.#startThread();
      this.#retryMs = firstRetryMs;
    } catch (error) {
      if (this.#closed) return;
      if (this.#threads.size === 0) this.#failAll(error);
      onWarning?.({
        origin,
        problem: `A thread that runs the model cannot be started, and ${this.#ready.size} of ${workers} run: ${problemOf(error)}`,
        nextStep: `It is tried again in ${this.#retryMs / 1000} s.`,
      });
    }
    if (!this.#closed && this.#threads.size < workers) this.#retryLater();
  }

  #retryLater(): void {
    if (this.#retryTimer) return;
    this.#retryTimer = setTimeout(() => {
      this.#retryTimer = undefined;
      if (this.#threads.size < this.#options.workers) void this.#addThread();
    }, this.#retryMs).unref();
    this.#retryMs = Math.min(longestRetryMs, this.#retryMs * 2);
  }
}

function problemOf(error: unknown): string {
  return RetrievalError.is(error) ? error.problem : String(error);
}
