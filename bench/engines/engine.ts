import type { CandidateSource, DocumentWriter } from '@secondpass/core';

/** One database under measurement. */
export interface BenchEngine {
  readonly name: string;
  readonly source: CandidateSource;
  readonly writer: DocumentWriter;
  /** The same search with the bare client, as somebody without our adapter would write it; returns the hits' number. */
  bareSearch(vector: Float32Array, depth: number): Promise<number>;
  close(): Promise<void>;
}

/** Opens the engine that an environment variable names; `undefined` where it is not set. */
export type OpenEngine = (table: string) => Promise<BenchEngine | undefined>;
