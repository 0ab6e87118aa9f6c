/** What an engine keeps of each vector to search by: one byte per number, or one bit. */
export type Quantization = 'int8' | 'binary';

/** What decides how many candidates are compared again. */
export interface RescoreOptions {
  /** How many candidates the search returns. */
  readonly depth: number;
  /** What the index keeps of each vector. Anything but `int8` is treated as coarse as `binary`. */
  readonly quantize: string;
  /** How many times `depth` are compared again. @default 2 for int8, otherwise 4 */
  readonly oversample?: number | undefined;
}

/** Even a search for one passage compares as many: 100 vectors take no time, and few candidates of bits miss much. */
const fewest = 100;

/**
 * How many candidates of a quantized index are compared again by their full vectors: `depth` times `oversample`, and at
 * least 100.
 *
 * @example
 * import { candidatesToRescore } from '@secondpass/core/extend';
 * candidatesToRescore({ depth: 100, quantize: 'binary' }); // → 400
 */
export function candidatesToRescore({ depth, quantize, oversample }: RescoreOptions): number {
  return Math.max(depth * (oversample ?? (quantize === 'int8' ? 2 : 4)), fewest);
}
