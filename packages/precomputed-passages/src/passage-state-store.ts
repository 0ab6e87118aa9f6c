/** One passage's states as a store keeps them. */
export interface StoredPassageStates {
  /** Of the model, of how it is used, and of the passage's text; hexadecimal. Other text, other digest: nothing goes stale. */
  readonly digest: string;
  /** Opaque to the store; it must come back byte by byte. */
  readonly bytes: Uint8Array;
}

type Signal = { readonly signal?: AbortSignal };

/**
 * Where passage states that were computed beforehand are kept. {@link PrecomputedPassages} is one on disk; a table with a
 * digest and a binary column does as well.
 */
export interface PassageStateStore {
  readonly name: string;
  /**
   * The bytes under the digests; one without is absent from the answer.
   * Rejects with `RetrievalError`, or with the signal's reason once aborted.
   */
  get(digests: readonly string[], options?: Signal): Promise<ReadonlyMap<string, Uint8Array>>;
  /** Which of the digests are there. */
  has(digests: readonly string[], options?: Signal): Promise<ReadonlySet<string>>;
  /** Stores entries, in place of what was under the same digests. A store that is full lets older ones go. */
  put(entries: readonly StoredPassageStates[], options?: Signal): Promise<void>;
  /** Frees what it holds. Safe to call twice. */
  close?(): Promise<void>;
}

/** Tells a store from the options to open one. */
export function isStore(given: unknown): given is PassageStateStore {
  const { get, put } = (given ?? {}) as Partial<PassageStateStore>;
  return typeof get === 'function' && typeof put === 'function';
}
