/** Whose request it is. Requests without a name share the place of one caller, or of one tenant. */
export interface AskedBy {
  /** Callers get equal shares of a local model, and of what `fairReranker` is around. Other rerankers ignore it. */
  readonly caller?: string | undefined;
  /** One of several that the caller asks for; they share what the caller gets. */
  readonly tenant?: string | undefined;
}

/**
 * Whose request it is, for a request that is made of it.
 *
 * @example
 * import { askedBy } from '@secondpass/core/runtime';
 * askedBy({ caller: 'acme' }); // → { caller: 'acme' }
 */
export function askedBy({ caller, tenant }: AskedBy): { readonly caller?: string; readonly tenant?: string } {
  return { ...(caller !== undefined && { caller }), ...(tenant !== undefined && { tenant }) };
}
