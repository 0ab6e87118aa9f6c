import type { Closable, Reranker } from '@secondpass/core';

/** A reranker that can always be closed. */
export type OpenReranker = Reranker & Closable;
