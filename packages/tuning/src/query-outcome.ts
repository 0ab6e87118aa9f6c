export interface QueryOutcome {
  readonly query: string;
  readonly stage1: number;
  readonly current: number;
  readonly advised: number;
}
