/** What a measure says of one query under three settings, each from 0 to 1. */
export interface QueryOutcome {
  readonly query: string;
  readonly stage1: number;
  readonly current: number;
  readonly advised: number;
}
