import type { Reranker } from '@secondpass/core';

/** A model in a precision, open. */
export interface Scorer {
  /** Names it in settings and reports, such as `small int8`. No two are alike. */
  readonly key: string;
  /** As a configuration names it. */
  readonly model: string;
  /** What it computes in; `null` where it cannot be chosen. */
  readonly precision: 'fp32' | 'int8' | null;
  /**
   * Whether a pair's score is free of what else is scored with it; `null` where that is not known. Where it is not `true`, what
   * a setting of lower depth gives is estimated from scores that were computed at the greatest.
   */
  readonly batchInvariant: boolean | null;
  readonly reranker: Reranker;
}
