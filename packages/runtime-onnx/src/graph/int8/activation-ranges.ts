import type { ActivationRanges, LayerRange } from './activation-ranges-schema.ts';

/**
 * Ranges of the inputs that each weight is multiplied with: one, or one for each layer that shares the weight, in the
 * order of the layers.
 */
export function rangesByWeight({ layers }: ActivationRanges): ReadonlyMap<string, readonly LayerRange[]> {
  const ranges = new Map<string, LayerRange[]>();
  for (const range of layers) {
    for (const weight of new Set(range.weights)) {
      ranges.set(weight, [...(ranges.get(weight) ?? []), range]);
    }
  }
  return ranges;
}

/** The smallest range that contains both. */
export function joinRanges(a: LayerRange, b: LayerRange): LayerRange {
  return {
    weights: a.weights,
    low: Math.min(a.low, b.low),
    high: Math.max(a.high, b.high),
    channels: a.channels.map((magnitude, channel) => Math.max(magnitude, b.channels[channel] ?? 0)),
  };
}

/** Collects the ranges of one value, batch by batch. */
export class RangeCollector {
  readonly #weights: readonly string[];
  readonly #channels: Float64Array;
  #low = Number.POSITIVE_INFINITY;
  #high = Number.NEGATIVE_INFINITY;

  constructor(weights: readonly string[], channels: number) {
    this.#weights = weights;
    this.#channels = new Float64Array(channels);
  }

  /** @param data activations, row-major, the channels last */
  add(data: Float32Array): void {
    const channels = this.#channels;
    for (let start = 0; start < data.length; start += channels.length) {
      for (let channel = 0; channel < channels.length; channel += 1) {
        const value = data[start + channel]!;
        if (value < this.#low) this.#low = value;
        if (value > this.#high) this.#high = value;
        const magnitude = Math.abs(value);
        if (magnitude > channels[channel]!) channels[channel] = magnitude;
      }
    }
  }

  /**
   * Rounded up to three digits: a range needs no more precision.
   *
   * @throws Error if an activation was infinite, or none was a number
   */
  range(): LayerRange {
    if (!Number.isFinite(this.#low) || !Number.isFinite(this.#high)) {
      throw new Error('its activations are not all finite numbers');
    }
    return {
      weights: [...this.#weights],
      low: -roundUp(-this.#low),
      high: roundUp(this.#high),
      channels: Array.from(this.#channels, roundUp),
    };
  }
}

function roundUp(value: number): number {
  if (value <= 0) return value === 0 ? 0 : -Number(Math.abs(value).toPrecision(3));
  const rounded = Number(value.toPrecision(3));
  return rounded >= value
    ? rounded
    : Number((rounded + 10 ** (Math.floor(Math.log10(value)) - 2)).toPrecision(3));
}
