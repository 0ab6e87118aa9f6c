import { RetrievalError } from '@secondpass/core';
import { FailedTry } from './failed-try.ts';
import type { Service } from './service.ts';

/** A try that took longer than it may. */
export function tooSlow({ origin, kind }: Service, timeoutMs: number): FailedTry {
  const error = new RetrievalError({
    code: 'deadline-exceeded',
    origin,
    problem: `The service did not answer within ${timeoutMs} ms.`,
    nextStep: kind.nextSteps.tooSlow,
  });
  return new FailedTry(error, { mayRetry: true });
}

/** No answer: refused, reset, cut in the middle, or no such host. */
export function unreachable({ origin, kind }: Service, cause: unknown): FailedTry {
  const error = new RetrievalError({
    code: kind.unreachable,
    origin,
    problem: `The service cannot be reached: ${reasonOf(cause)}.`,
    nextStep: 'Check url, that the service runs, and that this machine may reach it.',
    cause,
  });
  return new FailedTry(error, { mayRetry: true });
}

/**
 * An answer that is not what was asked for. Asking again would give it again.
 *
 * @param problem what is wrong with it, without quoting texts
 */
export function unusable({ origin, kind }: Service, problem: string): FailedTry {
  const error = new RetrievalError({
    code: 'model-output-invalid',
    origin,
    problem: `The answer cannot be used: ${problem}.`,
    nextStep: kind.nextSteps.unusable,
  });
  return new FailedTry(error, { mayRetry: false });
}

/** fetch says `fetch failed` and puts the reason beneath; a name with several addresses has several reasons. */
function reasonOf(error: unknown): string {
  const { cause, message, code, errors } = (error ?? {}) as Record<string, unknown>;
  if (cause !== undefined) return reasonOf(cause);
  if (Array.isArray(errors) && errors.length > 0) return reasonOf(errors[0]);
  return String(message || code || error);
}
