import { setImmediate } from 'node:timers/promises';
import { quantile } from 'simple-statistics';
import { seededRandom } from './random.ts';

/** The statistical significance of one mean difference. */
export interface Significance {
  /** Two-sided p-value: how often chance alone gives a mean difference this far from 0. */
  readonly pValue: number;
  /** The 95 % confidence interval of the mean difference, over other queries of the same kind. */
  readonly interval: readonly [low: number, high: number];
}

export interface ResamplingOptions {
  readonly seed: number;
  readonly resamples: number;
  readonly signal?: AbortSignal | undefined;
}

/** Two sums may differ by this much only because of the order of their terms. */
const roundingError = 1e-9;
const confidence = 0.95;
/** Random numbers drawn between two looks at the clock. */
const pause = 4_000_000;

/**
 * The paired randomization test (Fisher 1935; for rankings Smucker, Allan and Carterette 2007): if both runs were
 * equally good, each query's difference could as well have the opposite sign. The interval is the percentile bootstrap
 * over queries (Efron 1979). The p-value is (1 + extreme resamples) / (1 + resamples), so it is never 0.
 *
 * @param differences for each measure, the difference of each query; all arrays have the same length
 */
export async function resamplePairs(
  differences: readonly Float64Array[],
  { seed, resamples, signal }: ResamplingOptions,
): Promise<readonly Significance[]> {
  const random = seededRandom(seed);
  const size = differences[0]?.length ?? 0;
  if (size === 0) return differences.map(() => ({ pValue: 1, interval: [0, 0] }));
  const observed = differences.map((values) => Math.abs(values.reduce((sum, value) => sum + value, 0)));
  const extreme = differences.map(() => 0);
  const means = differences.map(() => new Float64Array(resamples));
  const signs = new Int8Array(size);
  const drawn = new Uint32Array(size);
  const round = Math.max(1, Math.floor(pause / (size * differences.length)));
  for (let resample = 0; resample < resamples; resample += 1) {
    if (resample % round === 0) {
      await setImmediate();
      signal?.throwIfAborted();
    }
    let bits = 0;
    for (let index = 0; index < size; index += 1) {
      if (index % 31 === 0) bits = random.bits();
      signs[index] = bits & 1 ? 1 : -1;
      bits >>>= 1;
      drawn[index] = random.below(size);
    }
    for (const [measure, values] of differences.entries()) {
      const { flipped, sum } = resampledSums(values, signs, drawn);
      if (Math.abs(flipped) >= observed[measure]! - roundingError) extreme[measure]! += 1;
      means[measure]![resample] = sum / size;
    }
  }
  const tail = (1 - confidence) / 2;
  return means.map((values, measure) => ({
    pValue: (1 + extreme[measure]!) / (1 + resamples),
    interval: quantile([...values], [tail, 1 - tail]) as [number, number],
  }));
}

function resampledSums(values: Float64Array, signs: Int8Array, drawn: Uint32Array) {
  let flipped = 0;
  let sum = 0;
  for (let index = 0; index < values.length; index += 1) {
    flipped += signs[index]! * values[index]!;
    sum += values[drawn[index]!]!;
  }
  return { flipped, sum };
}
