import type { MeanInterval } from '../mean-interval.ts';

/** A measure's value, such as 0.504. */
export function quality(value: number): string {
  return value.toFixed(3);
}

/** With its sign, such as +0.012 or −0.004. */
export function change(value: number): string {
  const shown = Math.abs(value).toFixed(3);
  if (Number(shown) === 0) return '±0.000';
  return `${value > 0 ? '+' : '−'}${shown}`;
}

/** `from −0.004 to +0.020`. */
export function range({ low, high }: MeanInterval): string {
  return `from ${change(low)} to ${change(high)}`;
}

export function milliseconds(value: number): string {
  if (value >= 10_000) return `${(value / 1000).toFixed(1)} s`;
  return `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}

/**
 * A setting in words, for the report and the terminal.
 *
 * @example
 * import { describeSetting } from '@secondpass/tuning';
 * describeSetting({ scorer: 'small int8', depth: 50, blend: 0.2 }); // → 'small int8, depth 50, blend 0.2'
 */
export function describeSetting({
  scorer,
  depth,
  blend,
}: {
  readonly scorer: string;
  readonly depth: number;
  readonly blend: number;
}): string {
  return `${scorer}, depth ${depth}${blend === 0 ? '' : `, blend ${blend}`}`;
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
