import type { TokenSequence } from '../tokenizer/token-sequence.ts';
import { planBatches } from './batches.ts';
import type { BatchOutput } from './session-messages.ts';
import type { SessionPool } from './session-pool.ts';

/** One sequence's part of a batch's output. */
export interface OutputRow {
  /** `dims` multiplied, row-major. */
  readonly data: Float32Array;
  /** The output's shape without the batch's own dimension. */
  readonly dims: readonly number[];
}

/**
 * Runs sequences through the pool in length-sorted batches.
 *
 * @returns what `read` made of each sequence's row, in input order
 * @throws the first error of a batch, after taking the request's other batches out of the queue
 */
export async function runBatches<T>(
  pool: SessionPool,
  sequences: readonly TokenSequence[],
  maxBatchTokens: number,
  read: (row: OutputRow, index: number) => T,
  signal?: AbortSignal,
): Promise<T[]> {
  const results: T[] = new Array(sequences.length);
  const failure = new AbortController();
  const either = signal ? AbortSignal.any([signal, failure.signal]) : failure.signal;
  const lengths = sequences.map(({ ids }) => ids.length);
  const runs = planBatches(lengths, maxBatchTokens).map(async (batch) => {
    const output = await pool.run(
      batch.map((index) => sequences[index]!),
      either,
    );
    for (const [row, index] of batch.entries()) results[index] = read(rowOf(output, row), index);
  });
  try {
    await Promise.all(runs);
  } catch (error) {
    failure.abort(error);
    await Promise.allSettled(runs);
    throw error;
  }
  return results;
}

function rowOf({ data, dims }: BatchOutput, row: number): OutputRow {
  const size = data.length / dims[0]!;
  return { data: data.subarray(row * size, (row + 1) * size), dims: dims.slice(1) };
}
