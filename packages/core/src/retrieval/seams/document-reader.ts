import type { StoredDocument } from './document-writer.ts';

/** How a {@link DocumentReader} reads. */
export interface ReadRequest {
  /** Documents per batch. @default 500 */
  readonly batchSize?: number;
  readonly signal?: AbortSignal;
}

/**
 * The reading side of a source: everything that a writer stored, as it was stored.
 * Rejects with `RetrievalError`, or with the signal's reason once aborted.
 */
export interface DocumentReader {
  readonly name: string;
  /** Length of the stored vectors. */
  dimensions(options?: { readonly signal?: AbortSignal }): Promise<number>;
  count(options?: { readonly signal?: AbortSignal }): Promise<number>;
  /** Every document once, batch by batch; no more than a batch is held in memory. */
  read(request?: ReadRequest): AsyncIterable<readonly StoredDocument[]>;
  /** Frees what the reader opened itself. Safe to call twice. */
  close?(): Promise<void>;
}
