import type { CandidateSource, DocumentReader, DocumentWriter, RetrievalError } from '@secondpass/core';

/** One open table, collection or index, to search, fill and read. `close` also closes what was opened for it. */
export interface OpenSource {
  readonly source: CandidateSource;
  readonly writer: DocumentWriter;
  readonly reader: DocumentReader;
  close(): Promise<void>;
}

/** What `doctor` reports about a replica. */
export interface ReplicaReport {
  /** Host and port. */
  readonly name: string;
  /** What it has not replayed of the primary's log; `null` if that is not known. */
  readonly lagBytes: number | null;
  /** Milliseconds since the last transaction that it replayed, 0 if nothing is missing; `null` if that is not known. */
  readonly lagMs: number | null;
  /** Why it is not searched. Absent if it can be. */
  readonly refusal?: RetrievalError;
}

/** What `doctor` reports about a reachable engine. */
export interface EngineReport {
  /** Such as `PostgreSQL 17.2 with pgvector 0.8.0`. */
  readonly version: string;
  /** Documents in the table or collection, or `null` if it does not exist yet. */
  readonly documents: number | null;
  /** Why a search would fail, such as a first indexing that has not finished. Absent if a search works. */
  readonly refusal?: RetrievalError | undefined;
  /** The replicas of the configuration; absent without. */
  readonly replicas?: readonly ReplicaReport[];
}

/** The keys of the `source` block except `adapter`. The adapter's package checks them when it opens. */
export type SourceSettings = Readonly<Record<string, unknown>>;

/** The command line's interface to an adapter's package. */
export interface Adapter {
  readonly name: string;
  /** Keys whose values are paths, relative to the configuration's folder. */
  readonly pathKeys: readonly string[];
  /** Whether it reads no vectors and needs no embedder. May be wrong for settings that {@link open} refuses. */
  searchesByText(settings: SourceSettings): boolean;
  /** @throws RetrievalError `invalid-config` for the first wrong setting, before anything is opened */
  open(settings: SourceSettings): Promise<OpenSource>;
  /** @throws RetrievalError as {@link open}, and if the engine does not answer */
  inspect(settings: SourceSettings, signal: AbortSignal): Promise<EngineReport>;
}
