import { cleanWords } from './clean-words.ts';
import { encodeBody, type RequestBody } from './encode-body.ts';
import { FailedTry } from './failed-try.ts';
import type { HttpService } from './http-service.ts';
import { readBody } from './read-body.ts';
import { readRefusal } from './read-refusal.ts';
import { refusalOf } from './refusal.ts';
import { tooSlow, unreachable, unusable } from './transport-failure.ts';

/** A POST where there is a body, else a GET. */
export interface ServiceCall {
  /** Appended to the URL. */
  readonly path: string;
  readonly body?: RequestBody;
  /** Beside the service's. @default none */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a service answered with 200. */
export interface ServiceAnswer {
  readonly headers: Headers;
  readonly bytes: Buffer;
}

const longestRefusal = 64 * 1024;

/**
 * Makes one HTTP request.
 *
 * @param texts those in the body, which no error repeats
 * @param signal ends the request at its socket
 * @throws FailedTry, or the signal's reason
 */
export async function tryRequest(
  service: HttpService,
  call: ServiceCall,
  texts: readonly string[],
  signal: AbortSignal,
): Promise<ServiceAnswer> {
  const { kind, url, timeoutMs, hide } = service;
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const { headers, body, length } = await encodeBody(service, call.body, call.headers);
    const response = await fetch(`${url}${call.path}`, {
      headers,
      signal: AbortSignal.any([signal, timeout]),
      // A redirect would carry the headers, and the key in them, to somewhere else.
      redirect: 'manual',
      ...(body && { method: 'POST', body }),
    });
    if (response.status !== 200) {
      const { status, headers: answered } = response;
      const said = readRefusal((await readBody(response, longestRefusal)).bytes.toString('utf8'));
      const words = cleanWords(said.words, hide, texts);
      throw refusalOf(service, { status, headers: answered, words, code: said.code });
    }
    const longest = kind.longestAnswer(length);
    const { bytes, whole } = await readBody(response, longest);
    if (!whole) throw unusable(service, `it is longer than ${longest} bytes`);
    return { headers: response.headers, bytes };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof FailedTry) throw error;
    if (timeout.aborted) throw tooSlow(service, timeoutMs);
    throw isUndecodable(error)
      ? unusable(service, 'its compression is damaged')
      : unreachable(service, error);
  }
}

function isUndecodable(error: unknown): boolean {
  const { code, cause } = (error ?? {}) as { readonly code?: unknown; readonly cause?: unknown };
  return cause === undefined ? /^(?:Z_|ERR__?(?:ZLIB|BROTLI))/.test(String(code)) : isUndecodable(cause);
}
