import { resolve } from 'node:path';
import type { Closable } from '@secondpass/core';
import { RetrievalError } from '@secondpass/core';
import type { PassageStateStore, StoredPassageStates } from '@secondpass/core/extend';
import {
  checkIds,
  checkOptions,
  checkPassageStates,
  checkStatesPage,
  integer,
  text,
} from '@secondpass/core/extend';
import { z } from 'zod';
import {
  type PassageDatabaseRequest,
  type PassageDatabaseStats,
  PassageDatabaseThread,
} from './passage-database-thread.ts';

/** Where a {@link PrecomputedPassages} keeps states, and how many bytes of them. */
export interface PrecomputedPassagesOptions {
  /** A folder on a local disk, created if it is missing; several processes may share it. */
  readonly directory: string;
  /**
   * The most bytes of the folder's files, at least 16 MiB; the least recently read passages are deleted first.
   * @default 4 GiB
   */
  readonly maxBytes?: number;
  /** Name in errors. @default 'precomputed-passages' */
  readonly name?: string;
}

/** Statistics of a store of precomputed passages. */
export interface PrecomputedPassagesStats extends PassageDatabaseStats {
  /** Requested passages since opening that were in the store. */
  readonly hits: number;
  /** Requested passages since opening that were not in the store. */
  readonly misses: number;
}

/** Room for the write-ahead log and its index, which are next to the database. */
const logBytes = 8 * 2 ** 20;
const leastBytes = 2 * logBytes;
const optionsSchema = z.strictObject({
  directory: text,
  maxBytes: integer(leastBytes, Number.MAX_SAFE_INTEGER).optional(),
  name: text.optional(),
});

/** Bytes that are written in one transaction, so that reads in between need not wait for long. */
const bytesAtATime = 2 ** 20;
const deletedAtATime = 256;

/**
 * Passage states in a folder: an SQLite database with a size limit, which deletes the least recently read passages
 * first. Each entry has a checksum; a damaged entry is deleted, and a corrupt database is replaced by an empty one.
 *
 * @example
 * import { PrecomputedPassages } from '@secondpass/precomputed-passages';
 * await using store = await PrecomputedPassages.open({ directory: 'shared-passages', maxBytes: 64 * 2 ** 20 });
 * await store.put([{ digest: 'abc', bytes: Uint8Array.of(1, 2, 3) }]);
 * (await store.get(['abc'])).size; // → 1
 */
export class PrecomputedPassages implements PassageStateStore, Closable {
  readonly name: string;
  readonly #thread: PassageDatabaseThread;
  #hits = 0;
  #misses = 0;
  #closing: Promise<void> | undefined;

  private constructor(name: string, thread: PassageDatabaseThread) {
    this.name = name;
    this.#thread = thread;
  }

  /** @throws RetrievalError `invalid-options`, or `source-failed` if the folder cannot be used */
  static async open(options: PrecomputedPassagesOptions): Promise<PrecomputedPassages> {
    const origin = typeof options?.name === 'string' ? options.name : 'precomputed-passages';
    checkOptions(optionsSchema, options, { origin });
    const { directory, maxBytes = 4 * 2 ** 30, name = 'precomputed-passages' } = options;
    const settings = { directory: resolve(directory), maxBytes: maxBytes - logBytes };
    return new PrecomputedPassages(name, await PassageDatabaseThread.open(name, settings));
  }

  async get(
    digests: readonly string[],
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<ReadonlyMap<string, Uint8Array>> {
    checkIds(digests, this.name);
    const reply = await this.#ask({ kind: 'get', digests }, signal);
    const found = new Map(
      reply.kind === 'entries' ? reply.entries.map(({ digest, bytes }) => [digest, bytes]) : [],
    );
    for (const digest of digests) {
      if (found.has(digest)) this.#hits += 1;
      else this.#misses += 1;
    }
    return found;
  }

  async has(
    digests: readonly string[],
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<ReadonlySet<string>> {
    checkIds(digests, this.name);
    const reply = await this.#ask({ kind: 'has', digests }, signal);
    return new Set(reply.kind === 'digests' ? reply.digests : []);
  }

  /** Entries are written in transactions of about a megabyte. */
  async put(
    entries: readonly StoredPassageStates[],
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<void> {
    checkPassageStates(entries, this.name);
    for (const part of partsOf(entries)) await this.#ask({ kind: 'put', entries: part }, signal);
  }

  async list(
    page: { readonly after?: string | undefined; readonly limit: number },
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<readonly string[]> {
    const { after = '', limit } = checkStatesPage(page, this.name);
    const reply = await this.#ask({ kind: 'list', after, limit }, signal);
    return reply.kind === 'digests' ? reply.digests : [];
  }

  /** Deleted in transactions of some hundred entries, so that reads in between need not wait for long. */
  async delete(
    digests: readonly string[],
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<void> {
    checkIds(digests, this.name);
    for (let start = 0; start < digests.length; start += deletedAtATime) {
      const part = digests.slice(start, start + deletedAtATime);
      await this.#ask({ kind: 'delete', digests: part }, signal);
    }
  }

  async stats(): Promise<PrecomputedPassagesStats> {
    const reply = await this.#ask({ kind: 'stats' });
    if (reply.kind !== 'stats') throw new Error(`a store answered ${reply.kind} when asked for its state`);
    return { ...reply.stats, hits: this.#hits, misses: this.#misses };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    // Ignore a thread that has ended or does not answer; its transactions are complete anyway.
    await this.#thread.ask({ kind: 'close' }).catch(() => {});
    await this.#thread.end();
  }

  async #ask(request: PassageDatabaseRequest, signal?: AbortSignal) {
    if (this.#closing === undefined) return this.#thread.ask(request, signal);
    throw new RetrievalError({
      code: 'closed',
      origin: this.name,
      problem: 'It has been closed.',
      nextStep: 'Open the store again, and close it only when nothing uses it any more.',
    });
  }
}

function* partsOf(entries: readonly StoredPassageStates[]): Generator<StoredPassageStates[]> {
  let part: StoredPassageStates[] = [];
  let bytes = 0;
  for (const entry of entries) {
    if (part.length > 0 && bytes + entry.bytes.length > bytesAtATime) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(entry);
    bytes += entry.bytes.length;
  }
  if (part.length > 0) yield part;
}
