import type { Candidate } from '../seams/candidate.ts';
import type { Document } from '../seams/document.ts';

/**
 * Documents by id; one that does not exist is not in the answer. It gets no tenant: it must itself check that the
 * caller may read the documents.
 */
export type FetchDocuments = (
  ids: readonly string[],
  options: { readonly signal: AbortSignal },
) => Promise<readonly Pick<Document, 'id' | 'text'>[]>;

/** What is read in addition to a hit: its neighbors, or the whole that it is a part of. */
export interface Expansion {
  /** Such as a `SELECT … WHERE id = ANY($1)`; `documentsInMemory` makes one of a small index. */
  readonly fetch: FetchDocuments;
  /**
   * Ids of the passages right before and after a hit's, in reading order. They become one text with it. Text that two
   * neighbors share appears once, and adjacent hits become one citation.
   */
  readonly neighbors?: (candidate: Candidate) => {
    readonly before?: readonly string[];
    readonly after?: readonly string[];
  };
  /** Id of the text that a hit was cut from; that text is used instead. Hits of one parent become one citation. */
  readonly parent?: (candidate: Candidate) => string | undefined;
  /** Time for the fetch, in milliseconds. @default 5_000 */
  readonly timeoutMs?: number;
}
