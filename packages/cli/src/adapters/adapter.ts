import type { CandidateSource, DocumentReader, DocumentWriter, RetrievalError } from '@secondpass/core';

/** One table, collection or index: searched, filled and read, with what was opened for it. */
export interface OpenSource {
  readonly source: CandidateSource;
  readonly writer: DocumentWriter;
  readonly reader: DocumentReader;
  close(): Promise<void>;
}

/** What `doctor` says of an engine that answers. */
export interface EngineReport {
  /** Such as `PostgreSQL 17.2 with pgvector 0.8.0`. */
  readonly version: string;
  /** Documents in the table or collection, or `null` where it does not exist yet. */
  readonly documents: number | null;
  /** What a search is refused for, such as a first filling that has not finished. Absent where it is answered. */
  readonly refusal?: RetrievalError | undefined;
}

/** The keys of the `source` block but `adapter`. The adapter's package knows them, and checks them when it opens. */
export type SourceSettings = Readonly<Record<string, unknown>>;

/** What the command line knows of an adapter's package. */
export interface Adapter {
  readonly name: string;
  /** Keys whose values are paths, relative to the configuration's folder. */
  readonly pathKeys: readonly string[];
  /** Whether nothing of it reads vectors, so that no embedder is needed. Settings that {@link open} refuses may give either. */
  searchesByText(settings: SourceSettings): boolean;
  /** @throws RetrievalError `invalid-config` for the first setting that is wrong, before anything is opened */
  open(settings: SourceSettings): Promise<OpenSource>;
  /** As {@link open} throws, and also when the engine does not answer. */
  inspect(settings: SourceSettings, signal: AbortSignal): Promise<EngineReport>;
}
