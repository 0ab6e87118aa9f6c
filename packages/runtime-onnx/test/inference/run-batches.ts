import type { RunRequest } from '@secondpass/core/runtime';
import { planBatches, planRankedBatches } from '../../../runtime-common/src/inference/batches.ts';
import type { SessionPool } from '../../../runtime-common/src/inference/session-pool.ts';

/** As a session runs a request without a deadline. */
export function runBatches<T>(pool: SessionPool, request: RunRequest<T>): Promise<T[]> {
  return pool.run(request, (lengths) => planBatches(lengths, pool.maxBatchTokens)) as Promise<T[]>;
}

/** As a session runs a request with a deadline. */
export function runBatchesUntil<T>(pool: SessionPool, request: RunRequest<T>): Promise<(T | undefined)[]> {
  return pool.run(request, (lengths) => planRankedBatches(lengths, pool.maxBatchTokens));
}
