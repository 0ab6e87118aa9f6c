import type { StoredPassageStates } from './passage-state-store.ts';

/** Room for the write-ahead log and its index, which lie next to the database. */
export const logBytes = 8 * 2 ** 20;

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
