import { RetrievalError, type RetrievalErrorCode } from '@secondpass/core';
import { FailedTry, theService } from './failed-try.ts';
import type { Service, ServiceKind } from './http-service.ts';
import { cleanWords, type RefusalWords, saysTooMany } from './refusal-words.ts';

/** An answer that refuses. */
export interface Refusal {
  /** HTTP status. */
  readonly status: number;
  readonly headers: Headers;
  readonly said: RefusalWords;
  /** The texts that were sent; no error quotes them. */
  readonly texts: readonly string[];
  /** @default 'The service' */
  readonly address?: string;
}

/** Statuses that are retried. The official clients retry 500 too, though some services use it for bad requests. */
const passing: readonly number[] = [408, 425, 429, 500, 502, 503, 504, 529];
/** Statuses that can mean "request too large", if the message says so. 200 is for an error inside an answer. */
const maybeTooMany: readonly number[] = [200, 400, 422];

/**
 * What an answer means that is none: a status other than 200, or an error inside a 200.
 *
 * @example
 * import { httpService, refusalOf } from '@secondpass/service-client';
 * const nextSteps = { key: 'Check it.', tooLarge: 'Send less.', tooSlow: 'Raise timeoutMs.', unusable: 'Check the URL.' };
 * const codes = { failed: 'rerank-failed', unreachable: 'reranker-unreachable' } as const;
 * const kind = { ...codes, longestAnswer: () => 2 ** 20, nextSteps };
 * const service = httpService({ origin: 'my-service', kind, url: 'http://localhost:8080' });
 * const said = { words: 'too many requests', codes: [] };
 * refusalOf(service, { status: 429, headers: new Headers(), said, texts: [] }).mayRetry; // → true
 */
export function refusalOf(service: Service, refusal: Refusal): FailedTry {
  const { headers, said, texts, address = theService } = refusal;
  const { origin, kind, redact } = service;
  const status = innerStatus(refusal);
  const mayPass = passing.includes(status);
  const words = cleanWords(said.words, redact, texts);
  const inside = refusal.status === 200 ? ' with an error' : '';
  const error = new RetrievalError({
    ...diagnose(status, mayPass, kind),
    origin,
    problem: `${address} answered ${refusal.status}${inside}${words === '' ? '' : `: ${words}`}.`,
  });
  return new FailedTry(error, {
    status,
    // No retry if the account's quota is used up: waiting does not help.
    mayRetry: mayPass && !said.codes.includes('insufficient_quota'),
    retryAfterMs: retryAfterMs(headers),
    tooMany: status === 413 || (maybeTooMany.includes(status) && saysTooMany(said)),
  });
}

/** Some gateways answer 200 and put the status of the service behind them into the error. */
function innerStatus({ status, said }: Refusal): number {
  if (status !== 200) return status;
  return said.codes.map(Number).find((code) => Number.isInteger(code) && code >= 400 && code < 600) ?? status;
}

function diagnose(
  status: number,
  mayPass: boolean,
  { failed, unreachable, nextSteps }: ServiceKind,
): { readonly code: RetrievalErrorCode; readonly nextStep: string } {
  if (status === 429) {
    return { code: 'overloaded', nextStep: 'Try again later, lower concurrency, or ask for a higher limit.' };
  }
  if (mayPass && status !== 500) {
    return { code: unreachable, nextStep: 'Check that the service runs, and try again.' };
  }
  return { code: failed, nextStep: nextStepOf(status, nextSteps) };
}

function nextStepOf(status: number, nextSteps: ServiceKind['nextSteps']): string {
  if (status === 401 || status === 403) return nextSteps.key;
  if (status === 404 || status === 405) return 'Check url, and that the service has the model.';
  if (status === 413) return nextSteps.tooLarge;
  if (status >= 500) return "Look at the service's own log; it may not support this model or these texts.";
  if (status >= 300 && status < 400) return 'Set url to the final address; redirects are not followed.';
  return 'Check that the model takes these options and texts of this length.';
}

/**
 * The wait that a service asks for, in milliseconds: `Retry-After` in seconds or as a date (RFC 9110, 10.2.3), or
 * `retry-after-ms`. Undefined if there is no such header, or none that can be read.
 */
export function retryAfterMs(headers: Headers, now: number = Date.now()): number | undefined {
  const exact = headers.get('retry-after-ms');
  if (exact !== null && /^\d+(?:\.\d+)?$/.test(exact)) return Number(exact);
  const value = headers.get('retry-after')?.trim();
  if (!value) return undefined;
  if (/^\d+(?:\.\d+)?$/.test(value)) return Number(value) * 1000;
  // An HTTP date begins with its weekday. JavaScript parses many other values as dates too, such as -3.
  const date = /^[a-z]{3}/i.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
