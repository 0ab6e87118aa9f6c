import { z } from 'zod';
import { abortSignal, callback, checkOptions, number, text } from '../../foundation/check-options.ts';
import { checkPassages, checkQuery } from '../../foundation/check-text.ts';
import { RetrievalError } from '../../foundation/retrieval-error.ts';
import type { RerankRequest } from './reranker.ts';

const stage1Schema = z.strictObject({
  scores: z.custom<readonly number[]>(
    (scores) => Array.isArray(scores) && scores.every(Number.isFinite),
    'a list of numbers, one for each passage',
  ),
  cosineOf: text.optional(),
  blend: number(0, 1).optional(),
});

const schema = z.strictObject({
  query: z.unknown(),
  passages: z.unknown(),
  ids: z.unknown().optional(),
  stage1: stage1Schema.optional(),
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
  const { stage1 } = request as RerankRequest;
  const count = (passages as readonly string[]).length;
  if (!stage1 || stage1.scores.length === count) return;
  throw new RetrievalError({
    code: 'invalid-options',
    origin,
    problem: `stage1.scores has ${stage1.scores.length} numbers, and there are ${count} passages.`,
    nextStep: 'Give the score of each passage, in the same order, or leave stage1 out.',
    path: ['stage1', 'scores'],
  });
}
