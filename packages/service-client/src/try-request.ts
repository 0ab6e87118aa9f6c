import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { RetrievalError } from '@secondpass/core';
import { FailedTry, kindsOf, tooSlow, unreachable, unusable } from './failed-try.ts';
import type { HttpService } from './http-service.ts';
import { proxiedFetch } from './proxied-fetch.ts';
import { refusalOf } from './refusal.ts';
import { readRefusal } from './refusal-words.ts';

/** One request: a POST if there is a body, otherwise a GET. */
export interface ServiceCall {
  /** Appended to the URL. */
  readonly path: string;
  /** Bytes are sent unchanged, other values as JSON. */
  readonly body?: Uint8Array | object;
  /** Headers of this request, in addition to the service's. @default none */
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer with status 200. */
export interface ServiceAnswer {
  /** The request's address, for errors. */
  readonly address: string;
  readonly headers: Headers;
  readonly bytes: Buffer;
}

const longestRefusal = 64 * 1024;

/**
 * Makes one HTTP request, through the proxy that the environment names.
 *
 * @param texts the texts in the body; no error quotes them
 * @param signal aborts the request and closes its connection
 * @throws FailedTry, RetrievalError `invalid-config` for a proxy that is not a URL, or the signal's reason
 *
 * @example
 * import { httpService, tryRequest } from '@secondpass/service-client';
 * const nextSteps = { key: 'Check it.', tooLarge: 'Send less.', tooSlow: 'Raise timeoutMs.', unusable: 'Check the URL.' };
 * const codes = { failed: 'rerank-failed', unreachable: 'reranker-unreachable' } as const;
 * const kind = { ...codes, longestAnswer: () => 2 ** 20, nextSteps };
 * const service = httpService({ origin: 'my-service', kind, url: 'http://localhost:8080' });
 * const answer = await tryRequest(service, { path: '/info' }, [], AbortSignal.timeout(5_000));
 * answer.bytes.length > 0; // → true
 */
export async function tryRequest(
  service: HttpService,
  call: ServiceCall,
  texts: readonly string[],
  signal: AbortSignal,
): Promise<ServiceAnswer> {
  const { kind, timeoutMs, origin } = service;
  const address = `${service.url}${call.path}`;
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const { headers, body, length } = await encoded(service, call);
    const init: RequestInit = {
      headers: [...headers],
      signal: AbortSignal.any([signal, timeout]),
      // A redirect would send the headers, with the key, to another host.
      redirect: 'manual',
      ...(body && { method: 'POST', body }),
    };
    const response = await proxiedFetch(address, init, origin);
    const answered = new Headers([...response.headers]);
    if (response.status !== 200) {
      const said = readRefusal((await readBody(response, longestRefusal)).bytes.toString('utf8'));
      throw refusalOf(service, { status: response.status, headers: answered, said, texts, address });
    }
    const longest = kind.longestAnswer(length);
    const { bytes, whole } = await readBody(response, longest);
    if (!whole) throw unusable(service, `it is longer than ${longest} bytes`, address);
    return { address, headers: answered, bytes };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof FailedTry || RetrievalError.is(error)) throw error;
    if (timeout.aborted) throw tooSlow(service, timeoutMs, address);
    const damage = damageOf(error);
    throw damage ? unusable(service, damage, address) : unreachable(service, error, address);
  }
}

const shortestCompressed = 1024;
const compressed = promisify(gzip);

async function encoded({ headers: shared, compress }: HttpService, call: ServiceCall) {
  const { body, headers: own = {} } = call;
  const headers = new Headers(shared);
  if (body === undefined) return { headers, length: 0 };
  headers.set('content-type', 'application/json');
  for (const [name, value] of Object.entries(own)) headers.set(name, value);
  const bytes = body instanceof Uint8Array ? new Uint8Array(body) : Buffer.from(JSON.stringify(body));
  const { length } = bytes;
  if (!compress || length < shortestCompressed) return { headers, body: bytes, length };
  headers.set('content-encoding', 'gzip');
  return { headers, body: new Uint8Array(await compressed(bytes)), length };
}

/** Reads at most `longest` bytes, and closes the connection if there are more. */
async function readBody(response: Response, longest: number) {
  const chunks: Uint8Array[] = [];
  let length = 0;
  let whole = true;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    whole = length <= longest;
    chunks.push(whole ? chunk : chunk.subarray(0, chunk.length - (length - longest)));
    if (!whole) break;
  }
  return { bytes: Buffer.concat(chunks), whole };
}

/** Error codes of Node's zlib: `Z_DATA_ERROR`, `ERR__ERROR_FORMAT_…` (Brotli), `ZSTD_error_…`. */
const undecodable = /^(?:Z_|ZSTD_|ERR__ERROR_|ERR_(?:BROTLI|ZLIB|ZSTD))/;

/** The damage of an answer that a retry would get again; undefined if the connection failed. */
function damageOf(error: unknown): string | undefined {
  const kinds = kindsOf(error);
  if (kinds.some((kind) => undecodable.test(kind))) return 'its compression is damaged';
  if (kinds.includes('HTTPParserError')) return 'it is not HTTP';
  return undefined;
}
