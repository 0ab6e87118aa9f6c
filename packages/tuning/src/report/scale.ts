/** Maps values to positions in a drawing. */
export interface Scale {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
  at(value: number): number;
}

export interface ScaleRequest {
  readonly values: readonly number[];
  /** Where the lowest and the highest value are drawn. */
  readonly range: readonly [from: number, to: number];
  /** About how many ticks. */
  readonly count: number;
  /** Whether the scale begins at zero. */
  readonly fromZero?: boolean;
}

const negligible = 1e-9;

/** A linear scale that ends on ticks of 1, 2 or 5 times a power of ten. */
export function scaleFor({ values, range: [from, to], count, fromZero = false }: ScaleRequest): Scale {
  const least = fromZero ? 0 : Math.min(...values);
  const most = Math.max(...values);
  const apart = most - least;
  // Values that are equal except for rounding still need an axis.
  const spread = apart > negligible ? apart : Math.abs(most) > negligible ? Math.abs(most) * 0.1 : 1;
  const power = 10 ** Math.floor(Math.log10(spread / count));
  const step = power * ([1, 2, 5, 10].find((multiple) => multiple * power >= spread / count) ?? 10);
  const low = Math.floor(least / step + 1e-9) * step;
  const high = Math.max(Math.ceil(most / step - 1e-9) * step, low + step);
  const steps = Math.round((high - low) / step);
  return {
    low,
    high,
    ticks: Array.from({ length: steps + 1 }, (_, index) => Number((low + index * step).toPrecision(12))),
    at: (value) => from + ((value - low) / (high - low)) * (to - from),
  };
}
