/** How long stage 2 takes for one query, in milliseconds. */
export interface SettingCost {
  /** Median time of a query, in milliseconds. */
  readonly p50Ms: number;
  /** Time that 95 of 100 queries stay within, in milliseconds. */
  readonly p95Ms: number;
}
