import { RetrievalError } from '@secondpass/core';
import { foreignCause } from '@secondpass/core/extend';
import type { Service } from './http-service.ts';

interface FailedTryDetails {
  readonly status?: number | undefined;
  readonly mayRetry: boolean;
  readonly retryAfterMs?: number | undefined;
  readonly tooMany?: boolean;
}

/**
 * Why one try failed, and whether another one may help. Callers of a package see its `error` instead.
 *
 * @example
 * import { RetrievalError } from '@secondpass/core';
 * import { FailedTry } from '@secondpass/service-client';
 * const said = { origin: 'my-service', problem: 'It answered 503.', nextStep: 'Try again later.' };
 * const failed = new FailedTry(new RetrievalError({ code: 'overloaded', ...said }), { status: 503, mayRetry: true });
 * failed.error.code; // → 'overloaded'
 */
export class FailedTry extends Error {
  readonly error: RetrievalError;
  readonly status: number | undefined;
  readonly mayRetry: boolean;
  /** The wait that the service asked for, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** Whether a request with fewer texts may succeed. */
  readonly tooMany: boolean;

  constructor(error: RetrievalError, { status, mayRetry, retryAfterMs, tooMany = false }: FailedTryDetails) {
    super(error.message);
    this.error = error;
    this.status = status;
    this.mayRetry = mayRetry;
    this.retryAfterMs = retryAfterMs;
    this.tooMany = tooMany;
  }
}

/** The name of the service in errors, if its address is not known. */
export const theService = 'The service';

/**
 * A try that took longer than it may.
 *
 * @param timeoutMs milliseconds that it might take
 *
 * @example
 * import { httpService, tooSlow } from '@secondpass/service-client';
 * const nextSteps = { key: 'Check it.', tooLarge: 'Send less.', tooSlow: 'Raise timeoutMs.', unusable: 'Check the URL.' };
 * const codes = { failed: 'rerank-failed', unreachable: 'reranker-unreachable' } as const;
 * const kind = { ...codes, longestAnswer: () => 2 ** 20, nextSteps };
 * const service = httpService({ origin: 'my-service', kind, url: 'http://localhost:8080' });
 * tooSlow(service, 500).error.code; // → 'deadline-exceeded'
 */
export function tooSlow({ origin, kind }: Service, timeoutMs: number, address = theService): FailedTry {
  const error = new RetrievalError({
    code: 'deadline-exceeded',
    origin,
    problem: `${address} did not answer within ${timeoutMs} ms.`,
    nextStep: kind.nextSteps.tooSlow,
  });
  return new FailedTry(error, { mayRetry: true });
}

/**
 * No answer: refused, reset, cut in the middle, or no such host.
 *
 * @example
 * import { httpService, unreachable } from '@secondpass/service-client';
 * const nextSteps = { key: 'Check it.', tooLarge: 'Send less.', tooSlow: 'Raise timeoutMs.', unusable: 'Check the URL.' };
 * const codes = { failed: 'rerank-failed', unreachable: 'reranker-unreachable' } as const;
 * const kind = { ...codes, longestAnswer: () => 2 ** 20, nextSteps };
 * const service = httpService({ origin: 'my-service', kind, url: 'http://localhost:8080' });
 * unreachable(service, new Error('ECONNREFUSED')).error.code; // → 'reranker-unreachable'
 */
export function unreachable(
  { origin, kind, redact }: Service,
  cause: unknown,
  address = theService,
): FailedTry {
  const error = new RetrievalError({
    code: kind.unreachable,
    origin,
    problem: `${address} cannot be reached: ${redact(reasonOf(cause)).slice(0, 200)}.`,
    nextStep: 'Check url, that the service runs, and that this machine can reach it or the proxy.',
    cause: foreignCause(cause),
  });
  return new FailedTry(error, { mayRetry: true });
}

/**
 * The failure of a try whose answer is not what was asked for. A retry would get the same answer.
 *
 * @param problem what is wrong with it, without quoting texts
 *
 * @example
 * import { httpService, unusable } from '@secondpass/service-client';
 * const nextSteps = { key: 'Check it.', tooLarge: 'Send less.', tooSlow: 'Raise timeoutMs.', unusable: 'Check the URL.' };
 * const codes = { failed: 'rerank-failed', unreachable: 'reranker-unreachable' } as const;
 * const kind = { ...codes, longestAnswer: () => 2 ** 20, nextSteps };
 * const service = httpService({ origin: 'my-service', kind, url: 'http://localhost:8080' });
 * unusable(service, 'there is no list of scores').mayRetry; // → false
 */
export function unusable({ origin, kind }: Service, problem: string, address = theService): FailedTry {
  const error = new RetrievalError({
    code: 'model-output-invalid',
    origin,
    problem: `The answer of ${address.replace(/^The/, 'the')} cannot be used: ${problem}.`,
    nextStep: kind.nextSteps.unusable,
  });
  return new FailedTry(error, { mayRetry: false });
}

/** fetch reports `fetch failed` with the reason as its cause; a host with several addresses has several reasons. */
function reasonOf(error: unknown): string {
  const { cause, message, code, errors } = (error ?? {}) as Record<string, unknown>;
  if (cause !== undefined) return reasonOf(cause);
  if (Array.isArray(errors) && errors.length > 0) return reasonOf(errors[0]);
  return String(message || code || error);
}

/** Names and codes of an error and of its causes. */
export function kindsOf(error: unknown): readonly string[] {
  const { name, code, cause } = (error ?? {}) as Readonly<Record<string, unknown>>;
  return [String(name), String(code), ...(cause === undefined ? [] : kindsOf(cause))];
}
