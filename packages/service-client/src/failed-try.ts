import type { RetrievalError } from '@secondpass/core';

/** Why one try failed, and whether another one may help. Callers of a package see its `error` instead. */
export class FailedTry extends Error {
  readonly error: RetrievalError;
  readonly status: number | undefined;
  readonly mayRetry: boolean;
  /** As the service asked for, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(
    error: RetrievalError,
    {
      status,
      mayRetry,
      retryAfterMs,
    }: { readonly status?: number; readonly mayRetry: boolean; readonly retryAfterMs?: number | undefined },
  ) {
    super(error.message);
    this.error = error;
    this.status = status;
    this.mayRetry = mayRetry;
    this.retryAfterMs = retryAfterMs;
  }
}
