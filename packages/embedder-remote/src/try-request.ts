import { RetrievalError } from '@secondpass/core';
import { FailedTry } from './failed-try.ts';
import { refusalOf } from './refusal.ts';

export interface Service {
  /** For errors. */
  readonly origin: string;
  /** Without a slash at its end. */
  readonly url: string;
  readonly headers: Headers;
  /** Milliseconds that one try may take. */
  readonly timeoutMs: number;
  /** Takes the values of headers out of a text. */
  readonly hide: (text: string) => string;
}

/** Longest answer that is read, in bytes: thousands of vectors as text. */
const longestAnswer = 256 * 1024 * 1024;
const longestRefusal = 64 * 1024;

/**
 * Makes one HTTP request, a POST where there is a body, and gives the JSON that it is answered with.
 *
 * @param signal ends the request at its socket
 * @throws FailedTry, or the signal's reason
 */
export async function tryRequest(
  { origin, url, headers, timeoutMs, hide }: Service,
  { path, body }: { readonly path: string; readonly body?: unknown },
  signal: AbortSignal,
): Promise<unknown> {
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(`${url}${path}`, {
      headers,
      signal: AbortSignal.any([signal, timeout]),
      // A redirect would carry the headers, and the key in them, to somewhere else.
      redirect: 'manual',
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
    });
    if (response.status !== 200) {
      throw refusalOf(response, (await readBody(response, longestRefusal)).text, { origin, hide });
    }
    const { text, whole } = await readBody(response, longestAnswer);
    if (!whole) throw unreadable(origin, `is longer than ${longestAnswer} bytes`);
    return parse(text, origin);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof FailedTry) throw error;
    throw new FailedTry(timeout.aborted ? tooSlow(origin, timeoutMs) : unreachable(origin, error), {
      mayRetry: true,
    });
  }
}

/** Reads at most that many bytes, and ends the connection if there are more. */
async function readBody(
  response: Response,
  longest: number,
): Promise<{ readonly text: string; readonly whole: boolean }> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  let whole = true;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    whole = bytes <= longest;
    if (!whole) break;
    chunks.push(chunk);
  }
  return { text: Buffer.concat(chunks).toString('utf8'), whole };
}

function parse(text: string, origin: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw unreadable(origin, 'is not JSON');
  }
}

function unreadable(origin: string, problem: string): FailedTry {
  const error = new RetrievalError({
    code: 'model-output-invalid',
    origin,
    problem: `The answer ${problem}.`,
    nextStep: 'Check that url is that of an embedding service of this kind.',
  });
  return new FailedTry(error, { mayRetry: false });
}

function tooSlow(origin: string, timeoutMs: number): RetrievalError {
  return new RetrievalError({
    code: 'deadline-exceeded',
    origin,
    problem: `The service did not answer within ${timeoutMs} ms.`,
    nextStep: 'Check that it runs and has capacity, ask for fewer texts at a time, or raise timeoutMs.',
  });
}

function unreachable(origin: string, cause: unknown): RetrievalError {
  return new RetrievalError({
    code: 'embedder-unreachable',
    origin,
    problem: `The service cannot be reached: ${reasonOf(cause)}.`,
    nextStep: 'Check url, that the service runs, and that this machine may reach it.',
    cause,
  });
}

/** fetch says `fetch failed` and puts the reason beneath; a name with several addresses has several reasons. */
function reasonOf(error: unknown): string {
  const { cause, message, code, errors } = (error ?? {}) as Record<string, unknown>;
  if (cause !== undefined) return reasonOf(cause);
  if (Array.isArray(errors) && errors.length > 0) return reasonOf(errors[0]);
  return String(message || code || error);
}
