import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { RetrievalError } from '@secondpass/core';
import { CallerGone, Failure } from './failure.ts';

/** A caller's own limits, in milliseconds. */
export const timeoutHeader = 'x-timeout-ms';
export const latencyBudgetHeader = 'x-latency-budget-ms';

export interface RequestTimes {
  /** Aborts when the caller disconnects, when the time is over, or when the server stops waiting. */
  readonly signal: AbortSignal;
  /** For the wait in the queue: aborts also at `answerAt`, because there is no partial answer yet. */
  readonly waiting: AbortSignal;
  /** When to answer with the results so far, on the clock of `performance.now()`; `undefined` for no such limit. */
  readonly answerAt: number | undefined;
  /** Call it when the request has been answered. */
  end(): void;
}

/**
 * Reads how long a request may take.
 *
 * @param timeoutMs the server's own limit; a header may only lower it
 * @param response closed before it is written if the caller disconnects
 * @param closing aborts when the server ends without waiting for answers
 * @throws Failure when a header is not a number of milliseconds
 */
export function requestTimes(
  headers: IncomingHttpHeaders,
  timeoutMs: number,
  { response, closing }: { readonly response: ServerResponse; readonly closing: AbortSignal },
): RequestTimes {
  const limitMs = Math.min(milliseconds(headers, timeoutHeader) ?? timeoutMs, timeoutMs);
  const budgetMs = milliseconds(headers, latencyBudgetHeader);
  const controller = new AbortController();
  const waiting = new AbortController();
  const stop = (reason: unknown): void => {
    waiting.abort(reason);
    controller.abort(reason);
  };
  const leave = (): void => {
    if (!response.writableFinished) stop(new CallerGone('The caller has closed the connection.'));
  };
  const close = (): void => stop(closing.reason);
  const timer = setTimeout(() => stop(late(limitMs)), limitMs);
  const due = budgetMs && setTimeout(() => waiting.abort(late(budgetMs)), budgetMs);
  const end = (): void => {
    clearTimeout(timer);
    clearTimeout(due);
    response.off('close', leave);
    closing.removeEventListener('abort', close);
  };
  // Fastify's own signal aborts as soon as a body is read.
  response.once('close', leave);
  closing.addEventListener('abort', close, { once: true });
  if (response.destroyed) leave();
  if (closing.aborted) close();
  const answerAt = budgetMs === undefined ? undefined : performance.now() + budgetMs;
  return { signal: controller.signal, waiting: waiting.signal, answerAt, end };
}

function milliseconds(headers: IncomingHttpHeaders, name: string): number | undefined {
  const text = headers[name];
  if (text === undefined) return undefined;
  const value = typeof text === 'string' && /^\d{1,10}(\.\d{1,6})?$/.test(text.trim()) ? Number(text) : 0;
  if (value > 0 && value < 2 ** 31) return value;
  throw new Failure('invalid', `The header ${name} is not a number of milliseconds above 0.`);
}

function late(limitMs: number): RetrievalError {
  return new RetrievalError({
    code: 'deadline-exceeded',
    origin: 'server',
    problem: `No answer within ${limitMs} ms.`,
    nextStep: 'Send fewer or shorter documents, or allow more time.',
  });
}
