import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { cleanWords } from './clean-words.ts';
import type { RerankCall } from './dialects/dialect.ts';
import { FailedTry } from './failed-try.ts';
import { refusalOf } from './refusal.ts';
import { refusalWords } from './refusal-words.ts';
import { tooSlow, unreachable, unusable } from './transport-failure.ts';

export interface HttpService {
  /** For errors. */
  readonly origin: string;
  /** Without a slash at its end. */
  readonly url: string;
  readonly headers: Headers;
  /** Milliseconds that one try may take. */
  readonly timeoutMs: number;
  /** Whether bodies above 1 KiB are sent with gzip. */
  readonly compress: boolean;
  /** Takes the values of headers out of a text. */
  readonly hide: (text: string) => string;
}

/** What a service answered with 200. */
export interface ServiceAnswer {
  readonly headers: Headers;
  readonly bytes: Buffer;
}

const shortestCompressed = 1024;
const longestRefusal = 64 * 1024;
/** What an answer may be long: some services repeat the texts, in which a character may become six. */
const answerLimit = (sentBytes: number) => 1024 * 1024 + 8 * sentBytes;

const compressed = promisify(gzip);

/**
 * Makes one HTTP request.
 *
 * @param texts query and passages, which no error repeats
 * @param signal ends the request at its socket
 * @throws FailedTry, or the signal's reason
 */
export async function tryRequest(
  service: HttpService,
  call: Pick<RerankCall, 'path' | 'headers'> & { readonly body?: RerankCall['body'] },
  texts: readonly string[],
  signal: AbortSignal,
): Promise<ServiceAnswer> {
  const { origin, url, timeoutMs, hide } = service;
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const { headers, body } = await encode(service, call);
    const response = await fetch(`${url}${call.path}`, {
      headers,
      signal: AbortSignal.any([signal, timeout]),
      // A redirect would carry the headers, and the key in them, to somewhere else.
      redirect: 'manual',
      ...(body && { method: 'POST', body }),
    });
    if (response.status !== 200) {
      const { status, headers: answered } = response;
      const said = refusalWords((await readBody(response, longestRefusal)).bytes.toString('utf8'));
      throw refusalOf({ status, headers: answered, words: cleanWords(said, hide, texts) }, origin);
    }
    const longest = answerLimit(body?.length ?? 0);
    const { bytes, whole } = await readBody(response, longest);
    if (!whole) throw unusable(origin, `it is longer than ${longest} bytes`);
    return { headers: response.headers, bytes };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof FailedTry) throw error;
    if (timeout.aborted) throw tooSlow(origin, timeoutMs);
    throw isUndecodable(error) ? unusable(origin, 'its compression is damaged') : unreachable(origin, error);
  }
}

async function encode(
  { headers: shared, compress }: HttpService,
  {
    headers: own = {},
    body,
  }: { readonly headers?: RerankCall['headers']; readonly body?: RerankCall['body'] },
): Promise<{ readonly headers: Headers; readonly body?: Uint8Array<ArrayBuffer> }> {
  const headers = new Headers(shared);
  if (body === undefined) return { headers };
  headers.set('content-type', 'application/json');
  for (const [name, value] of Object.entries(own)) headers.set(name, value);
  const bytes = body instanceof Uint8Array ? new Uint8Array(body) : Buffer.from(JSON.stringify(body));
  if (!compress || bytes.length < shortestCompressed) return { headers, body: bytes };
  headers.set('content-encoding', 'gzip');
  return { headers, body: new Uint8Array(await compressed(bytes)) };
}

/** Reads at most that many bytes, and ends the connection if there are more. */
async function readBody(
  response: Response,
  longest: number,
): Promise<{ readonly bytes: Buffer; readonly whole: boolean }> {
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

function isUndecodable(error: unknown): boolean {
  const { code, cause } = (error ?? {}) as { readonly code?: unknown; readonly cause?: unknown };
  return cause === undefined ? /^(?:Z_|ERR__?(?:ZLIB|BROTLI))/.test(String(code)) : isUndecodable(cause);
}
