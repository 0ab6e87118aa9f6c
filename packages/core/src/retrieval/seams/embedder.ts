/** Texts for an {@link Embedder}. */
export interface EmbedRequest {
  readonly texts: readonly string[];
  /** Many models read queries and passages with different prefixes. */
  readonly kind: 'query' | 'passage';
  readonly signal?: AbortSignal;
}

/** A bi-encoder: text → vector, each text on its own. */
export interface Embedder {
  readonly name: string;
  /**
   * Changes whenever the same passage would get another vector, so that indexing knows what to embed again. What
   * concerns only queries, such as their prompt, need not be in it.
   * @default the name
   */
  readonly fingerprint?: string;
  /** Length of every vector. */
  readonly dimensions: number;
  /** One vector per text, in input order. Rejects with `RetrievalError`, or with the signal's reason once aborted. */
  embed(request: EmbedRequest): Promise<readonly Float32Array[]>;
  /** Frees what it holds. Safe to call twice. */
  close?(): Promise<void>;
}
