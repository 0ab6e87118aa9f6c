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
}
