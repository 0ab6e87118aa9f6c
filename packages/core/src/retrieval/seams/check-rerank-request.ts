import { checkPassages, checkQuery } from '../../foundation/check-text.ts';
import { checkDeadline } from './reranker.ts';

export interface CheckableRerankRequest {
  readonly query: string;
  readonly passages: readonly string[];
  readonly deadlineAt?: number | undefined;
}

/** @throws RetrievalError `invalid-query`, `invalid-passage` or `invalid-options` */
export function checkRerankRequest(
  { query, passages, deadlineAt }: CheckableRerankRequest,
  origin: string,
): void {
  checkQuery(query, origin);
  checkPassages(passages, origin);
  checkDeadline(deadlineAt, origin);
}
