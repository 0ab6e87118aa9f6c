import { checkPassages, checkQuery } from '../../foundation/check-text.ts';
import { checkDeadline } from './reranker.ts';

export interface CheckableRerankRequest {
  readonly query: string;
  readonly passages: readonly string[];
  readonly deadlineAt?: number | undefined;
}

/**
 * What every reranker checks before it scores.
 *
 * @throws RetrievalError `invalid-query`, `invalid-passage` or `invalid-options`
 *
 * @example
 * import { checkRerankRequest } from '@secondpass/core/extend';
 * checkRerankRequest({ query: 'bread', passages: ['Yeast.'] }, 'my-reranker'); // an empty query would throw
 */
export function checkRerankRequest(request: CheckableRerankRequest, origin: string): void {
  const { query, passages, deadlineAt } = (request ?? {}) as CheckableRerankRequest;
  checkQuery(query, origin);
  checkPassages(passages, origin);
  checkDeadline(deadlineAt, origin);
}
