import type { TokenVectors } from './token-vectors.ts';

/** One passage's vectors as a store keeps them. */
export interface StoredTokenVectors {
  /** The passage's id in stage 1. */
  readonly id: string;
  /** Of the model and of the passage's text: another one means that the vectors are out of date. */
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

/** Where passage vectors that were computed beforehand are kept, by the passage's id. */
export interface TokenVectorStore {
  readonly name: string;
  /**
   * What is stored under the ids; an id without vectors is absent from the answer.
   * Rejects with `RetrievalError`, or with the signal's reason once aborted.
   */
  get(ids: readonly string[], options?: Signal): Promise<ReadonlyMap<string, StoredTokenVectors>>;
  /** The digests under the ids; what {@link get} answers without the vectors. */
  digests(ids: readonly string[], options?: Signal): Promise<ReadonlyMap<string, string>>;
  /** Stores all or nothing of one call, in place of what was under the same ids. */
  put(entries: readonly StoredTokenVectors[], options?: Signal): Promise<void>;
  /**
   * MaxSim inside the store, for an engine that can: then no vector leaves it. An id without vectors is absent.
   * Where a store lacks this, its vectors are read and scored here.
   */
  maxSim?(
    query: TokenVectors,
    ids: readonly string[],
    options?: Signal,
  ): Promise<ReadonlyMap<string, StoredMaxSim>>;
  /** Frees what it holds. Safe to call twice. */
  close?(): Promise<void>;
}
