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
 * A store of passage states that were computed beforehand. {@link PrecomputedPassages} is one on disk; a table with a
 * digest and a binary column works as well.
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
  /** Frees what it holds. Safe to call twice. */
  close?(): Promise<void>;
}

/** Distinguishes a store from the options to open one. */
export function isStore(given: unknown): given is PassageStateStore {
  const { get, put } = (given ?? {}) as Partial<PassageStateStore>;
  return typeof get === 'function' && typeof put === 'function';
}
