import { RetrievalError, type RetrievalErrorCode } from '@secondpass/core';
import { FailedTry } from './failed-try.ts';
import { retryAfterMs } from './retry-after.ts';

const failed = (nextStep: string) => ({ code: 'embed-failed', nextStep }) as const;
const key = failed('Set apiKey to a key that may use this model.');

const byStatus: Readonly<Record<number, { readonly code: RetrievalErrorCode; readonly nextStep: string }>> = {
  401: key,
  403: key,
  404: failed('Check url, and that the service has the model.'),
  413: failed('Lower maxTextsPerRequest or maxCharactersPerRequest, or split long texts into passages.'),
  429: { code: 'overloaded', nextStep: 'Try again later, lower concurrency, or ask for a higher limit.' },
};

const statusesToRetry: readonly number[] = [408, 425, 429, 500, 502, 503, 504, 529];

/** Longest part of a service's own words in an error: some of them echo the whole request. */
const longestMessage = 200;

/**
 * What a status other than 200 means.
 *
 * @param body as far as it was read
 * @param hide takes secrets out of a text
 */
export function refusalOf(
  response: Pick<Response, 'status' | 'headers'>,
  body: string,
  { origin, hide }: { readonly origin: string; readonly hide: (text: string) => string },
): FailedTry {
  const { status, headers } = response;
  const { message, code } = wordsOf(body);
  const said = hide(message).replace(/\s+/g, ' ').trim().slice(0, longestMessage);
  const error = new RetrievalError({
    ...diagnose(status),
    origin,
    problem: `The service answered ${status}${said === '' ? '' : `: ${said.replace(/[.!?]$/, '')}`}.`,
  });
  return new FailedTry(error, {
    status,
    // Waiting does not fill an account.
    mayRetry: statusesToRetry.includes(status) && code !== 'insufficient_quota',
    retryAfterMs: retryAfterMs(headers),
  });
}

function diagnose(status: number): { readonly code: RetrievalErrorCode; readonly nextStep: string } {
  const known = byStatus[status];
  if (known) return known;
  if (status >= 500 || status === 408) {
    return { code: 'embedder-unreachable', nextStep: 'Check that the service runs, and try again.' };
  }
  if (status < 400) return failed('Set url to the address that answers itself; redirects are not followed.');
  return failed('Check that the model takes these options and texts of this length.');
}

/** The words of OpenAI's, TEI's, Ollama's and FastAPI's errors. */
function wordsOf(body: string): { readonly message: string; readonly code?: unknown } {
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch {
    return { message: wordsOfFragment(body) };
  }
  if (typeof answer === 'string') return { message: answer };
  const { error, message, detail } = (answer ?? {}) as Record<string, unknown>;
  const inner = (error ?? {}) as Record<string, unknown>;
  const first = (
    Array.isArray(detail) ? (detail[0] as Record<string, unknown> | undefined)?.['msg'] : detail
  ) as unknown;
  const told = [error, inner['message'], message, first].find((words) => typeof words === 'string');
  return { message: typeof told === 'string' ? told : '', code: inner['code'] };
}

/** A page of HTML says nothing; of JSON that was too long to be read whole, the first words will do. */
function wordsOfFragment(body: string): string {
  if (!/^\s*[[{<]/.test(body)) return body;
  return /"(?:msg|message|error|detail)"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(body)?.[1] ?? '';
}
