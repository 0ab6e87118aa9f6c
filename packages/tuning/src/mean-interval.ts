import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { probit, quantileSorted, standardDeviation } from 'simple-statistics';

/** A mean over queries with its confidence interval, 95 % by default. */
export interface MeanInterval {
  /** On the scale of the values. */
  readonly mean: number;
  /** Lower end of the interval. */
  readonly low: number;
  /** Upper end of the interval. */
  readonly high: number;
}

const resamples = 1000;
/** From this many values, the normal approximation is good enough, and resampling is slow. */
const many = 500;

/**
 * The percentile bootstrap over queries (Efron 1979), from a seed: the same values give the same interval. With 500
 * values or more, the normal approximation is used.
 *
 * @param seed an integer; the same one gives the same interval
 * @param confidence share of samples that the interval holds for, above 0, below 1. @default 0.95
 *
 * @example
 * import { meanInterval } from '@secondpass/tuning';
 * const { mean, low, high } = meanInterval([0.4, 0.5, 0.6, 0.5], 0);
 * [mean, low <= mean && mean <= high]; // → [ 0.5, true ]
 */
export function meanInterval(values: ArrayLike<number>, seed: number, confidence = 0.95): MeanInterval {
  const tail = (1 - confidence) / 2;
  const count = values.length;
  if (count >= many) {
    const mean = meanOf(values);
    const half = (probit(1 - tail) * standardDeviation([...(values as Float64Array)])) / Math.sqrt(count);
    return { mean, low: mean - half, high: mean + half };
  }
  const random = xoroshiro128plus(seed);
  const scale = count / 2 ** 32;
  const means = Float64Array.from({ length: resamples }, () => {
    let sum = 0;
    for (let draw = 0; draw < count; draw += 1) sum += values[Math.floor((random.next() >>> 0) * scale)]!;
    return sum / count;
  }).sort();
  return {
    mean: meanOf(values),
    low: quantileSorted(means as unknown as number[], tail),
    high: quantileSorted(means as unknown as number[], 1 - tail),
  };
}

export function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < values.length; index += 1) sum += values[index]!;
  return sum / values.length;
}
