import type { CandidateSource, DocumentWriter } from '@secondpass/core';
import type { z } from 'zod';

/** A source and the writer that fills it, with what they opened. */
export interface OpenSource {
  readonly source: CandidateSource;
  readonly writer: DocumentWriter;
  close(): Promise<void>;
}

/** What `doctor` says of an engine that answers. */
export interface EngineReport {
  /** Such as `PostgreSQL 17.2 with pgvector 0.8.0`. */
  readonly version: string;
  /** Documents in the table or collection, or `null` where it does not exist yet. */
  readonly documents: number | null;
}

/** What the command line knows of an adapter's package. */
export interface Adapter {
  readonly name: string;
  /** The keys of the `source` block but `adapter`. */
  readonly schema: z.ZodObject;
  /** Relative paths → absolute ones; also the checks that go across keys. */
  resolvePaths(
    settings: Readonly<Record<string, unknown>>,
    folder: string,
    file: string,
  ): Readonly<Record<string, unknown>>;
  open(settings: Readonly<Record<string, unknown>>): Promise<OpenSource>;
  inspect(settings: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<EngineReport>;
}
