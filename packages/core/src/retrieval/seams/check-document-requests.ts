import { z } from 'zod';
import { abortSignal, checkOptions, integer } from '../../foundation/check-options.ts';

/**
 * What `DocumentWriter.prepare` is asked.
 *
 * @param mostDimensions numbers of the longest vector that the engine can store
 * @throws RetrievalError `invalid-options`
 *
 * @example
 * import { checkPrepareRequest } from '@secondpass/core/extend';
 * checkPrepareRequest({ dimensions: 384 }, 'my-writer', 4096); // 5000 dimensions would throw
 */
export function checkPrepareRequest(request: unknown, origin: string, mostDimensions: number): void {
  const schema = z.strictObject({ dimensions: integer(1, mostDimensions), signal: abortSignal.optional() });
  checkOptions(schema, request, { origin });
}

/**
 * What `DocumentReader.read` is asked.
 *
 * @param mostPerBatch documents that the engine gives back at once
 * @throws RetrievalError `invalid-options`
 *
 * @example
 * import { checkReadRequest } from '@secondpass/core/extend';
 * checkReadRequest({ batchSize: 500 }, 'my-reader', 10_000); // 0 would throw
 */
export function checkReadRequest(request: unknown, origin: string, mostPerBatch: number): void {
  const schema = z.strictObject({
    batchSize: integer(1, mostPerBatch).optional(),
    signal: abortSignal.optional(),
  });
  checkOptions(schema, request, { origin });
}
