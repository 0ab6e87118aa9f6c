import { describeValue } from './describe-value.ts';
import { RetrievalError } from './retrieval-error.ts';

/**
 * How many documents are worked on at a time.
 *
 * @param batchSize documents, from 1
 * @throws RetrievalError `invalid-options` unless it is an integer from 1
 *
 * @example
 * import { checkBatchSize } from '@secondpass/core/extend';
 * checkBatchSize(128, 'my-writer'); // 0 would throw
 */
export function checkBatchSize(batchSize: number, origin: string): void {
  if (Number.isInteger(batchSize) && batchSize >= 1) return;
  throw new RetrievalError({
    code: 'invalid-options',
    origin,
    problem: `batchSize is ${describeValue(batchSize)}.`,
    nextStep: 'Use an integer from 1.',
  });
}
