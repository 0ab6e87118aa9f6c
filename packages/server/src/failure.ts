import { RetrievalError, type RetrievalErrorCode } from '@secondpass/core';
import type { z } from 'zod';

/** The kinds of failure that callers can distinguish. */
export type FailureKind =
  | 'invalid'
  | 'empty'
  | 'too-large'
  | 'unauthorized'
  | 'forbidden'
  | 'unknown-model'
  | 'unknown-route'
  | 'overloaded'
  | 'timeout'
  | 'unavailable'
  | 'behind'
  | 'internal';

/** The default HTTP status of each kind; a dialect may use another. */
export const statusOf: Readonly<Record<FailureKind, number>> = {
  invalid: 400,
  empty: 400,
  'too-large': 413,
  unauthorized: 401,
  forbidden: 403,
  'unknown-model': 404,
  'unknown-route': 404,
  overloaded: 429,
  timeout: 504,
  unavailable: 503,
  behind: 502,
  internal: 500,
};

/** Why a request is refused; the message holds no text of the request. */
export class Failure extends Error {
  readonly kind: FailureKind;
  override readonly name = 'Failure';

  constructor(kind: FailureKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.kind = kind;
  }
}

/** The caller has closed the connection and reads no answer. */
export class CallerGone extends Error {
  override readonly name = 'CallerGone';
}

const kindOfCode: Partial<Record<RetrievalErrorCode, FailureKind>> = {
  'invalid-query': 'invalid',
  'invalid-passage': 'invalid',
  'invalid-filter': 'invalid',
  'invalid-options': 'invalid',
  overloaded: 'overloaded',
  closed: 'unavailable',
  'deadline-exceeded': 'timeout',
  'source-unreachable': 'behind',
  'source-not-found': 'behind',
  'source-failed': 'behind',
  'source-incomplete': 'behind',
  'embedder-unreachable': 'behind',
  'embed-failed': 'behind',
  'reranker-unreachable': 'behind',
  'rerank-failed': 'behind',
};

/** Anything thrown → what the caller is told. Details of failures on the server's side go to the log only. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Failure) return error;
  if (RetrievalError.is(error)) {
    const kind = kindOfCode[error.code] ?? 'internal';
    if (kind !== 'internal' && kind !== 'behind')
      return new Failure(kind, `${error.problem} ${error.nextStep}`, error);
    return new Failure(kind, `${error.origin} failed: ${error.code}.`, error);
  }
  const { code, statusCode } = (error ?? {}) as { code?: unknown; statusCode?: unknown };
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return new Failure('too-large', 'The body is too large.', error);
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return new Failure('invalid', 'Send the body as application/json.', error);
  }
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    return new Failure('invalid', 'The body is not JSON.', error);
  }
  return new Failure('internal', 'The server failed; its log says more.', error);
}

/** Names the wrong field and what was expected in it. */
export function invalidBody({ issues }: z.ZodError): Failure {
  const [issue] = issues;
  const message = issue!.message.replace(/^Invalid input: /, '');
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
  return new Failure('invalid', `${issue!.path.join('.') || 'The body'}: ${message}${more}.`);
}
