import type { Candidate, Payload } from './candidate.ts';
import type { OnDegraded } from './degradation.ts';
import type { Document } from './document.ts';
import type { Filter } from './filter.ts';
import type { Query } from './query.ts';

/** One search of stage 1. */
export interface CandidateRequest {
  readonly query: Query;
  /** How many candidates are wanted: an integer from 1. */
  readonly depth: number;
  /** Which passages may be found. @default all */
  readonly filter?: Filter;
  /** The tenant whose passages may be found. A source that is not multi-tenant refuses a request that names one. */
  readonly tenant?: string;
  /** Stops the search, in the engine too if it can cancel. */
  readonly signal?: AbortSignal;
  /** Called when candidates are missing, for example because one of several sources is down. */
  readonly onDegraded?: OnDegraded;
}

/** Passages to look up by id; filter and tenant apply as in a search. */
export interface FetchRequest extends Pick<CandidateRequest, 'filter' | 'tenant' | 'signal'> {
  /** At most 10,000. */
  readonly ids: readonly string[];
}

/**
 * Stage 1: searches one table, collection or index of one engine.
 *
 * @typeParam P the payload's fields of its candidates
 *
 * @example
 * import type { CandidateSource } from '@secondpass/core';
 * const source: CandidateSource<{ year: number }> = {
 *   name: 'files',
 *   input: 'text',
 *   search: async ({ depth }) =>
 *     [{ id: '1', text: 'Yeast makes dough rise.', score: 1, rank: 1, payload: { year: 1929 } }].slice(0, depth),
 * };
 * (await source.search({ query: { text: 'bread' }, depth: 10 }))[0]?.payload?.year; // → 1929
 */
export interface CandidateSource<P extends object = Payload> {
  /** Names the source in answers and errors, such as `pgvector:articles`. */
  readonly name: string;
  /** What it reads from the query: `vector` and `hybrid` need an {@link Embedder} before them. */
  readonly input: 'text' | 'vector' | 'hybrid';
  /**
   * `cosine` if a candidate's score is the cosine of the query's vector and its own. A source that reads this from
   * its index knows it only after a search. Absent for every other score.
   */
  readonly similarity?: 'cosine' | undefined;
  /**
   * The fingerprint of the embedder that is built into the source; absent if the source reads vectors, or has no
   * embedder.
   */
  readonly embedderFingerprint?: string;
  /**
   * At most `depth` candidates, best first, ranks from 1 without gaps, scores not increasing, ids unique.
   * Finding nothing is `[]`. Rejects with `RetrievalError`, or with the signal's reason once aborted.
   */
  search(request: CandidateRequest): Promise<readonly Candidate<P>[]>;
  /**
   * The passages with these ids, in the order of the ids; an unknown one, or one that filter or tenant hide, is left
   * out. Absent if the source cannot look up by id. Rejects as `search` does.
   */
  fetch?(request: FetchRequest): Promise<readonly Document[]>;
  /** Frees what the source opened itself; a client that the caller passed stays open. Safe to call twice. */
  close?(): Promise<void>;
}
