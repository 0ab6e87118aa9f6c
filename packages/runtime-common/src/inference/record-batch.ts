import type { TokenSequence } from '@secondpass/core/runtime';
import { batchInstruments } from './batch-instruments.ts';
import type { PoolRequest } from './pool-request.ts';
import type { BatchPart } from './scheduler.ts';

/** Measures a batch that is about to run: how full it is, how much of it is padding, how long its requests waited. */
export function recordBatch(
  { origin, maxBatchTokens }: { readonly origin: string; readonly maxBatchTokens: number },
  parts: readonly BatchPart<PoolRequest>[],
  sequences: readonly TokenSequence[],
): void {
  const { queueDuration, batchFill, batchPadding } = batchInstruments();
  const labels = { model: origin };
  let tokens = 0;
  let longest = 0;
  for (const { ids } of sequences) {
    tokens += ids.length;
    longest = Math.max(longest, ids.length);
  }
  const padded = longest * sequences.length;
  batchFill.record(padded / maxBatchTokens, labels);
  batchPadding.record(1 - tokens / padded, labels);
  for (const { request } of parts) {
    const waitedMs = request.begin();
    if (waitedMs !== undefined) queueDuration.record(waitedMs / 1000, labels);
  }
}
