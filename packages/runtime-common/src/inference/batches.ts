/**
 * Groups sequences of similar length under a budget, because a batch costs its count times its longest member.
 * Sorting by length leaves about 4 % padding where arrival order leaves half.
 *
 * @param lengths tokens of each sequence
 * @param maxBatchTokens the most padded tokens of a batch; a longer sequence gets a batch of its own
 * @returns positions in `lengths`, longest batch first, so that workers finish at about the same time
 *
 * @example
 * import { planBatches } from '@secondpass/runtime-common';
 * planBatches([10, 50, 12], 60); // → [ [ 1 ], [ 2, 0 ] ]
 */
export function planBatches(lengths: readonly number[], maxBatchTokens: number): number[][] {
  const positions = lengths.map((_, index) => index);
  return planPart(positions, lengths, maxBatchTokens);
}

/**
 * Batches of a tier: enough for sorting by length, and few enough that the best ranked passages are done at a
 * deadline.
 */
const batchesPerWave = 4;

/**
 * As {@link planBatches}, but in tiers: the first positions are done before later ones are begun. Within a tier of
 * about four batches, sequences of similar length still go together.
 */
export function planRankedBatches(lengths: readonly number[], maxBatchTokens: number): number[][] {
  const batches: number[][] = [];
  let wave: number[] = [];
  let tokens = 0;
  for (const [index, length] of lengths.entries()) {
    if (wave.length > 0 && tokens + length > batchesPerWave * maxBatchTokens) {
      batches.push(...planPart(wave, lengths, maxBatchTokens));
      wave = [];
      tokens = 0;
    }
    wave.push(index);
    tokens += length;
  }
  batches.push(...planPart(wave, lengths, maxBatchTokens));
  return batches;
}

function planPart(
  positions: readonly number[],
  lengths: readonly number[],
  maxBatchTokens: number,
): number[][] {
  const order = positions.toSorted((a, b) => lengths[b]! - lengths[a]! || a - b);
  const batches: number[][] = [];
  let batch: number[] = [];
  let longest = 0;
  for (const index of order) {
    if (batch.length > 0 && longest * (batch.length + 1) > maxBatchTokens) {
      batches.push(batch);
      batch = [];
    }
    if (batch.length === 0) longest = lengths[index]!;
    batch.push(index);
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}
