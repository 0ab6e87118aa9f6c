import { Worker } from 'node:worker_threads';
import { RetrievalError } from '@secondpass/core';
import type { StoredPassageStates } from '@secondpass/core/extend';

/** Statistics of a database. */
export interface PassageDatabaseStats {
  readonly passages: number;
  /** Bytes of the database file's used pages. */
  readonly bytes: number;
  /** Entries found damaged since opening; they count as absent, and are deleted. */
  readonly damaged: number;
  /** Entries deleted since opening to make room. */
  readonly evicted: number;
}

/** Settings of a database's thread. */
export interface PassageDatabaseSettings {
  readonly directory: string;
  /** For the database's file; its log takes more. */
  readonly maxBytes: number;
}

export type PassageDatabaseRequest =
  | { readonly kind: 'get' | 'has' | 'delete'; readonly digests: readonly string[] }
  | { readonly kind: 'list'; readonly after: string; readonly limit: number }
  | { readonly kind: 'put'; readonly entries: readonly StoredPassageStates[] }
  | { readonly kind: 'stats' }
  | { readonly kind: 'close' };

/**
 * Answers come in the order of the requests; the first one belongs to no request and says that the database is open.
 */
export type PassageDatabaseReply =
  | { readonly kind: 'entries'; readonly entries: readonly StoredPassageStates[] }
  | { readonly kind: 'digests'; readonly digests: readonly string[] }
  | { readonly kind: 'stats'; readonly stats: PassageDatabaseStats }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly detail: string };

/**
 * Longest time that a request may take, in milliseconds; it is spent on the disk and on waiting for other processes.
 */
const timeoutMs = 30_000;

// In a checkout, Node runs the TypeScript file; the published package contains JavaScript only.
const script = new URL(
  import.meta.url.endsWith('.ts') ? './passage-database-worker.ts' : './passage-database-worker.js',
  import.meta.url,
);

interface Outstanding {
  readonly resolve: (reply: PassageDatabaseReply) => void;
  readonly reject: (error: unknown) => void;
}

/** A passage database on a thread of its own, which answers one request after the other. */
export class PassageDatabaseThread {
  readonly #origin: string;
  readonly #worker: Worker;
  readonly #outstanding: Outstanding[] = [];
  #ended: unknown;

  private constructor(origin: string, settings: PassageDatabaseSettings) {
    this.#origin = origin;
    this.#worker = new Worker(script, {
      workerData: settings,
      // Each thread would print Node's warning that SQLite is experimental; tests cover what we use of it.
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
    // The thread keeps the process alive only while it works.
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
        'Check that its directory is writable, has free space, and is on a local disk; everything in it can be computed again.',
      cause,
    });
  }
}
