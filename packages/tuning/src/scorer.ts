import type { Reranker } from '@secondpass/core';

/** An open model in one precision. */
export interface Scorer {
  /** The unique name in settings and reports, such as `small int8`. */
  readonly key: string;
  /** The name in a configuration. */
  readonly model: string;
  /** The precision; `null` if it cannot be chosen. */
  readonly precision: 'fp32' | 'int8' | null;
  /**
   * Whether a pair's score is independent of the other pairs in its batch; `null` if that is not known. Unless it is
   * `true`, the quality at lower depths is an estimate, from scores that were computed at the greatest depth.
   */
  readonly batchInvariant: boolean | null;
  readonly reranker: Reranker;
}
