/** What a measure says of one query under three settings, each from 0 to 1. */
export interface QueryOutcome {
  readonly query: string;
  /** Under stage 1's own order. */
  readonly stage1: number;
  /** Under the setting in use. */
  readonly current: number;
  /** Under the advised setting. */
  readonly advised: number;
}
