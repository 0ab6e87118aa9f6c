import type { TokenVectors } from './token-vectors.ts';

/** One passage's vectors as a store keeps them. */
export interface StoredTokenVectors {
  /** The passage's id in stage 1. */
  readonly id: string;
  /** The digest of the model and the passage's text; a different digest means that the vectors are out of date. */
  readonly digest: string;
  readonly vectors: TokenVectors;
}

/** A late-interaction score that a store computed itself. */
export interface StoredMaxSim {
  readonly digest: string;
  /** Sum of the best cosines of the query's tokens. */
  readonly maxSim: number;
  /** Tokens of the passage that were left out because it was too long. */
  readonly tokensCut: number;
}

type Signal = { readonly signal?: AbortSignal };

/** A store of passage vectors that were computed beforehand, by the passage's id. */
export interface TokenVectorStore {
  readonly name: string;
  /**
   * The vectors stored under the ids; an id without vectors is absent from the answer. Rejects with `RetrievalError`,
   * or with the signal's reason once aborted.
   */
  get(ids: readonly string[], options?: Signal): Promise<ReadonlyMap<string, StoredTokenVectors>>;
  /** The digests under the ids; what {@link get} answers without the vectors. */
  digests(ids: readonly string[], options?: Signal): Promise<ReadonlyMap<string, string>>;
  /** Stores all vectors of one call or none; they replace what was stored under the same ids. */
  put(entries: readonly StoredTokenVectors[], options?: Signal): Promise<void>;
  /**
   * MaxSim inside the store, for an engine that supports it: no vector leaves the store then. An id without vectors
   * is absent. If a store lacks this method, its vectors are read and scored here.
   */
  maxSim?(
    query: TokenVectors,
    ids: readonly string[],
    options?: Signal,
  ): Promise<ReadonlyMap<string, StoredMaxSim>>;
  /** Frees what it holds. Safe to call twice. */
  close?(): Promise<void>;
}
