/** One passage's states as a store keeps them. */
export interface StoredPassageStates {
  /**
   * The digest of the model, its settings and the passage's text; hexadecimal. Another text has another digest, so no
   * entry becomes stale.
   */
  readonly digest: string;
  /** Opaque to the store, which must return exactly these bytes. */
  readonly bytes: Uint8Array;
}

type Signal = { readonly signal?: AbortSignal };

/**
 * A store of passage states that were computed beforehand. `PrecomputedPassages` of `@secondpass/precomputed-passages` is one on
 * disk, and `pgvectorPassageStates` of `@secondpass/adapter-pgvector` one in PostgreSQL.
 */
export interface PassageStateStore {
  readonly name: string;
  /**
   * The bytes under the digests; a digest without bytes is absent from the answer. Rejects with `RetrievalError`, or
   * with the signal's reason once aborted.
   */
  get(digests: readonly string[], options?: Signal): Promise<ReadonlyMap<string, Uint8Array>>;
  /** The digests that are in the store. */
  has(digests: readonly string[], options?: Signal): Promise<ReadonlySet<string>>;
  /** Stores entries, and replaces those under the same digests. A full store deletes older entries. */
  put(entries: readonly StoredPassageStates[], options?: Signal): Promise<void>;
  /**
   * A page of all digests in the store, in ascending order. Together with {@link delete} it lets entries of texts that are gone be
   * deleted.
   *
   * @param page `after` is the last digest of the page before, and `limit` the most digests to answer
   */
  list?(
    page: { readonly after?: string | undefined; readonly limit: number },
    options?: Signal,
  ): Promise<readonly string[]>;
  /** Deletes the entries under the digests; those that are not there are ignored. */
  delete?(digests: readonly string[], options?: Signal): Promise<void>;
  /** Frees what it holds. Safe to call twice. */
  close?(): Promise<void>;
}
