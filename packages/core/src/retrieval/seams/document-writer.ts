import type { EmbeddedDocument } from './document.ts';

/** A document ready to be stored; `digest` changes whenever text, payload or the embedder's fingerprint do. */
export interface StoredDocument extends EmbeddedDocument {
  readonly digest: string;
}

/**
 * The writing side of a source: fills one table or collection of one engine.
 * Every method rejects with `RetrievalError`, or with the signal's reason once aborted.
 */
export interface DocumentWriter {
  readonly name: string;
  /** Creates what is missing, and refuses a table or collection that holds vectors of another length. */
  prepare(request: { readonly dimensions: number; readonly signal?: AbortSignal }): Promise<void>;
  /** The digest of each of these ids that is stored. Ids that are not stored are absent. */
  storedDigests(
    ids: readonly string[],
    options?: { readonly signal?: AbortSignal },
  ): Promise<ReadonlyMap<string, string>>;
  /**
   * Stores all of them or, when it rejects, none; the same id again replaces what was there. Without transactions, a
   * writer undoes what it had written; if the engine fails midway, the error says that a part may be stored.
   */
  write(documents: readonly StoredDocument[], options?: { readonly signal?: AbortSignal }): Promise<void>;
  /** Makes what was written searchable at full speed, and marks the first filling as complete. */
  finish(options?: { readonly signal?: AbortSignal }): Promise<void>;
  count(options?: { readonly signal?: AbortSignal }): Promise<number>;
  /** Deletes the documents with these ids and returns how many there were. */
  delete(ids: readonly string[], options?: { readonly signal?: AbortSignal }): Promise<number>;
  /** Frees what the writer opened itself; a client that the caller passed stays open. Safe to call twice. */
  close?(): Promise<void>;
}
