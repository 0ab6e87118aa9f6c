import { quantile } from 'simple-statistics';

/** Percentiles: 50 %, 95 % and 99 % of the values are at most this large. */
export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/**
 * Median, 95th and 99th percentile of values in any unit; `undefined` where there are no values.
 *
 * @example
 * import { percentiles } from '@secondpass/evaluation';
 * percentiles([3, 1, 2])?.p50; // → 2
 */
export function percentiles(values: readonly number[]): Percentiles | undefined {
  if (values.length === 0) return undefined;
  const [p50, p95, p99] = quantile([...values], [0.5, 0.95, 0.99]) as [number, number, number];
  return { p50, p95, p99 };
}
