import type { Judgments, Measure } from '@secondpass/evaluation';
import type { Answers } from './eval-ask.ts';
import type { EvalReport, NamedRun } from './eval-report.ts';

/** What either way of evaluating leads to, before runs are compared. */
export interface Measured {
  readonly head: Pick<EvalReport, 'config' | 'collection' | 'qrels' | 'filter' | 'tenant' | 'depth' | 'topK'>;
  readonly judgments: Judgments;
  readonly measures: readonly Measure[];
  /** Those that count, in the order of the judgments. */
  readonly queries: readonly string[];
  /** How many would count without an interruption. */
  readonly wanted: number;
  /** The first is what the others are compared with. */
  readonly runs: readonly NamedRun[];
  readonly answers?: Answers;
  readonly warnings: readonly string[];
  readonly runFiles?: readonly string[];
}
