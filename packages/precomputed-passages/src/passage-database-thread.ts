import { Worker } from 'node:worker_threads';
import { RetrievalError } from '@secondpass/core';
import type { StoredPassageStates } from './passage-state-store.ts';

/** What a database tells of itself. */
export interface PassageDatabaseStats {
  readonly passages: number;
  /** Of the database file's pages that are in use. */
  readonly bytes: number;
  /** Entries since opening that were not what had been written; they count as absent, and are gone. */
  readonly damaged: number;
  /** Entries since opening that made room. */
  readonly evicted: number;
}

/** What the thread of a database is told when it starts. */
export interface PassageDatabaseSettings {
  readonly directory: string;
  /** For the database's file; its log takes more. */
  readonly maxBytes: number;
}

export type PassageDatabaseRequest =
  | { readonly kind: 'get' | 'has'; readonly digests: readonly string[] }
  | { readonly kind: 'put'; readonly entries: readonly StoredPassageStates[] }
  | { readonly kind: 'stats' }
  | { readonly kind: 'close' };

/** Answers come in the order of the requests; the first one, to no request, says that the database is open. */
export type PassageDatabaseReply =
  | { readonly kind: 'entries'; readonly entries: readonly StoredPassageStates[] }
  | { readonly kind: 'digests'; readonly digests: readonly string[] }
  | { readonly kind: 'stats'; readonly stats: PassageDatabaseStats }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly detail: string };

/** Longest time that a request may take, in milliseconds; it is a disk's and another process's, not ours. */
const timeoutMs = 30_000;

// From a checkout Node runs the TypeScript itself; from the published package there is JavaScript only.
const script = new URL(
  import.meta.url.endsWith('.ts') ? './passage-database-worker.ts' : './passage-database-worker.js',
  import.meta.url,
);

interface Outstanding {
  readonly resolve: (reply: PassageDatabaseReply) => void;
  readonly reject: (error: unknown) => void;
}

/** A passage database on a thread of its own, which answers in turn. */
export class PassageDatabaseThread {
  readonly #origin: string;
  readonly #worker: Worker;
  readonly #outstanding: Outstanding[] = [];
  #ended: unknown;

  private constructor(origin: string, settings: PassageDatabaseSettings) {
    this.#origin = origin;
    this.#worker = new Worker(script, {
      workerData: settings,
      // Node calls SQLite experimental on standard error, once for each thread; what we use of it is covered by tests.
      execArgv: ['--disable-warning=ExperimentalWarning'],
    });
    this.#worker.on('message', (reply: PassageDatabaseReply) => this.#settle(reply));
    this.#worker.on('error', (error) => this.#end(error));
    this.#worker.once('exit', () => this.#end(undefined));
  }

  /** @throws RetrievalError `source-failed` */
  static async open(origin: string, settings: PassageDatabaseSettings): Promise<PassageDatabaseThread> {
    const thread = new PassageDatabaseThread(origin, settings);
    try {
      await thread.#next();
      return thread;
    } catch (error) {
      await thread.#worker.terminate();
      throw error;
    }
  }

  /** @throws RetrievalError `source-failed`; or the signal's reason */
  async ask(request: PassageDatabaseRequest, signal?: AbortSignal): Promise<PassageDatabaseReply> {
    signal?.throwIfAborted();
    if (this.#ended !== undefined) throw this.#ended;
    this.#worker.postMessage(request);
    return this.#next(signal);
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  async #next(signal?: AbortSignal): Promise<PassageDatabaseReply> {
    const { promise, resolve, reject } = Promise.withResolvers<PassageDatabaseReply>();
    this.#outstanding.push({ resolve, reject });
    // The thread keeps the process alive while it works, and only then.
    this.#worker.ref();
    const late = () => reject(this.#failed(`no answer came within ${timeoutMs / 1000} s`));
    const timer = setTimeout(late, timeoutMs);
    const abort = () => reject(signal!.reason);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      const reply = await promise;
      if (reply.kind === 'failed') throw this.#failed(reply.detail);
      return reply;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    }
  }

  #settle(reply: PassageDatabaseReply): void {
    this.#outstanding.shift()?.resolve(reply);
    if (this.#outstanding.length === 0) this.#worker.unref();
  }

  #end(error: unknown): void {
    this.#ended ??= this.#failed(error instanceof Error ? error.message : 'its thread has ended', error);
    for (const { reject } of this.#outstanding.splice(0)) reject(this.#ended);
  }

  #failed(detail: string, cause?: unknown): RetrievalError {
    return new RetrievalError({
      code: 'source-failed',
      origin: this.#origin,
      problem: `The store of precomputed passages failed: ${detail}.`,
      nextStep:
        'Check that its directory can be written, has room, and lies on a local disk; everything in it can be computed again.',
      cause,
    });
  }
}
