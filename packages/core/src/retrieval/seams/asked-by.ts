/** Whose request it is. Requests without a name share the place of one caller, or of one tenant. */
export interface AskedBy {
  /** Callers get equal shares of a local model, and of what `fairReranker` is around. Other rerankers ignore it. */
  readonly caller?: string | undefined;
  /** One of several that the caller asks for; they share what the caller gets. */
  readonly tenant?: string | undefined;
}

/** What a request says about that, for another one. */
export function askedBy({ caller, tenant }: AskedBy): { readonly caller?: string; readonly tenant?: string } {
  return { ...(caller !== undefined && { caller }), ...(tenant !== undefined && { tenant }) };
}
