import { z } from 'zod';
import { abortSignal, callback, checkOptions, text } from '../../foundation/check-options.ts';
import { checkPassages, checkQuery } from '../../foundation/check-text.ts';

const schema = z.strictObject({
  query: z.unknown(),
  passages: z.unknown(),
  ids: z.unknown().optional(),
  caller: text.optional(),
  tenant: text.optional(),
  signal: abortSignal.optional(),
  deadlineAt: z
    .custom<number>(
      Number.isFinite,
      'a time on the clock of performance.now(), such as performance.now() + 200',
    )
    .optional(),
  onDegraded: callback('a degradation').optional(),
});

/**
 * Checks what every reranker is asked; ids are for those to check that read them.
 *
 * @throws RetrievalError `invalid-query`, `invalid-passage` or `invalid-options`
 *
 * @example
 * import { checkRerankRequest } from '@secondpass/core/extend';
 * checkRerankRequest({ query: 'bread', passages: ['Yeast.'] }, 'my-reranker'); // an empty query would throw
 */
export function checkRerankRequest(request: unknown, origin: string): void {
  const { query, passages } = (request ?? {}) as { readonly query?: unknown; readonly passages?: unknown };
  checkQuery(query, origin);
  checkPassages(passages, origin);
  checkOptions(schema, request, { origin });
}
