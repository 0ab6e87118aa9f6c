/** Where a fused candidate was found, and how it stood there. */
export interface Finding {
  readonly source: string;
  /** Its id there, where the candidate goes by another one. */
  readonly id?: string;
  readonly rank: number;
  readonly score: number;
}

/** One passage that stage 1 returned for a query, as the engine ranked it. */
export interface Candidate {
  readonly id: string;
  /** The passage that stage 2 reads. Never empty. */
  readonly text: string;
  /** Stage-1 score; higher is better, always. Comparable within one source only. */
  readonly score: number;
  /** Stage-1 rank: 1 is best, no gaps. */
  readonly rank: number;
  /** What was stored beside the passage. */
  readonly payload?: Readonly<Record<string, unknown>>;
  /** The sources that found it, when several were asked and their lists fused. */
  readonly foundBy?: readonly Finding[];
}
