import { planBatches, planTieredBatches } from './batches.ts';
import type { PoolRequestOptions } from './pool-request.ts';
import type { SessionPool } from './session-pool.ts';

export type { OutputRow } from './pool-request.ts';

/**
 * Runs sequences through the pool in length-sorted batches.
 *
 * @returns what `read` made of each sequence's row, in input order
 * @throws the first error of a batch, after taking the request's other batches out of the queue
 */
export async function runBatches<T>(
  pool: SessionPool,
  { sequences, read, signal }: Omit<PoolRequestOptions<T>, 'deadline'>,
): Promise<T[]> {
  const plan = (lengths: readonly number[]) => planBatches(lengths, pool.maxBatchTokens);
  return (await pool.run({ sequences, read, signal }, plan)) as T[];
}

/**
 * As {@link runBatches}, but answers by the deadline: the first sequences are done first, and what is not done by then
 * is taken out of the queue and answered with `undefined`.
 */
export async function runBatchesUntil<T>(
  pool: SessionPool,
  request: PoolRequestOptions<T> & { readonly deadline: number },
): Promise<(T | undefined)[]> {
  return pool.run(request, (lengths) => planTieredBatches(lengths, pool.maxBatchTokens));
}
