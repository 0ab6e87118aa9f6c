import { checkPassages, checkQuery } from '../../foundation/check-text.ts';
import { checkDeadline } from './reranker.ts';

export interface CheckableRerankRequest {
  readonly query: string;
  readonly passages: readonly string[];
  readonly deadlineAt?: number | undefined;
}

/** @throws RetrievalError `invalid-query`, `invalid-passage` or `invalid-options` */
export function checkRerankRequest(request: CheckableRerankRequest, origin: string): void {
  const { query, passages, deadlineAt } = (request ?? {}) as CheckableRerankRequest;
  checkQuery(query, origin);
  checkPassages(passages, origin);
  checkDeadline(deadlineAt, origin);
}
