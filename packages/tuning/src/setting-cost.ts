/** How long stage 2 takes for one query, in milliseconds. */
export interface SettingCost {
  readonly p50Ms: number;
  readonly p95Ms: number;
}
