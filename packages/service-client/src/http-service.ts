import { RetrievalError, type RetrievalErrorCode } from '@secondpass/core';

/** What services of one kind have in common, as far as requests to them and their failures differ by it. */
export interface ServiceKind {
  /** Code of an error for what the service refuses. */
  readonly failed: RetrievalErrorCode;
  /** Code of an error for a service that does not answer. */
  readonly unreachable: RetrievalErrorCode;
  /** Bytes that are read of an answer at most, by the bytes of the request's body before compression. */
  readonly longestAnswer: (sentBytes: number) => number;
  /** What the reader of an error can do, where that differs from kind to kind; sentences. */
  readonly nextSteps: {
    readonly key: string;
    readonly tooLarge: string;
    readonly tooSlow: string;
    readonly unusable: string;
  };
}

/** A service, as errors tell of it. */
export interface Service {
  /** For errors. */
  readonly origin: string;
  readonly kind: ServiceKind;
  /** Takes the key and the values of headers out of a text. */
  readonly hide: (text: string) => string;
}

/** A service behind HTTP, as the caller states it. */
export interface HttpServiceOptions extends SecretParts {
  readonly origin: string;
  readonly kind: ServiceKind;
  readonly url: string;
  /** The path of its requests: a `url` that already ends in it, or in its beginning, does not get it twice. @default none */
  readonly path?: string;
  /** What stands before the key in `Authorization`. @default 'Bearer' */
  readonly keyScheme?: string;
  /** Milliseconds that one try may take. @default 30_000 */
  readonly timeoutMs?: number | undefined;
  /** Whether bodies above 1 KiB are sent with gzip. @default false */
  readonly compress?: boolean | undefined;
}

/** A service behind HTTP, as requests are made to it. */
export interface HttpService extends Service {
  /** Without a slash at its end. */
  readonly url: string;
  readonly headers: Headers;
  /** Milliseconds that one try may take. */
  readonly timeoutMs: number;
  readonly compress: boolean;
}

/** Time that one try may take where the caller states none, in milliseconds. */
export const defaultTimeoutMs = 30_000;

/**
 * A service behind HTTP, from checked options. Nothing is sent.
 *
 * @throws RetrievalError `invalid-options` for a key or header that HTTP cannot carry; it shows no value
 *
 * @example
 * import { httpService } from '@secondpass/service-client';
 * const nextSteps = { key: 'Check it.', tooLarge: 'Send less.', tooSlow: 'Raise timeoutMs.', unusable: 'Check the URL.' };
 * const codes = { failed: 'rerank-failed', unreachable: 'reranker-unreachable' } as const;
 * const kind = { ...codes, longestAnswer: () => 2 ** 20, nextSteps };
 * const service = httpService({ origin: 'my-service', kind, url: 'http://localhost:8080', apiKey: 'sk-123' });
 * service.timeoutMs; // → 30000
 */
export function httpService(options: HttpServiceOptions): HttpService {
  const { origin, kind, url, path = '', timeoutMs = defaultTimeoutMs } = options;
  const { compress = false, keyScheme = 'Bearer' } = options;
  return {
    origin,
    kind,
    url: baseOf(url, path),
    headers: headersOf(options, keyScheme, origin),
    hide: hider(options),
    timeoutMs,
    compress,
  };
}

/**
 * The address that paths are appended to: `https://a/v1/rerank` is `https://a/v1` where the path is `/rerank`, and
 * `http://a/api` is `http://a` where it is `/api/embed`.
 */
function baseOf(url: string, path: string): string {
  const base = url.replace(/\/+$/, '');
  const parts = path.split('/').slice(1);
  for (let length = parts.length; length > 0; length -= 1) {
    const beginning = `/${parts.slice(0, length).join('/')}`;
    const rest = base.slice(0, -beginning.length);
    if (base.endsWith(beginning) && /^https?:\/\/[^/]/.test(rest)) return rest.replace(/\/+$/, '');
  }
  return base;
}

export interface SecretParts {
  readonly apiKey?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** Headers of the connection, or of a body that is made here: HTTP clients refuse them, or send a broken request. */
const notOurs =
  /^(?:connection|content-length|expect|host|keep-alive|te|trailer|transfer-encoding|upgrade)$/i;

function headersOf({ apiKey, headers = {} }: SecretParts, keyScheme: string, origin: string): Headers {
  const result = new Headers({ accept: 'application/json' });
  const refuse = (path: readonly string[], problem: string, nextStep: string): never => {
    throw new RetrievalError({ code: 'invalid-options', origin, problem, nextStep, path });
  };
  const set = (name: string, value: string, path: readonly string[], what: string): void => {
    // fetch takes control characters here, and refuses them when the request is sent.
    if (/^[\t\x20-\x7e\x80-\xff]*$/.test(value) && /^[\w!#$%&'*+.^`|~-]+$/.test(name)) {
      return result.set(name, value);
    }
    // Without a cause: it would quote the value.
    refuse(
      path,
      `${what} holds characters that HTTP does not allow.`,
      'Look for a line break, a control character or a letter outside Latin-1 in it.',
    );
  };
  for (const [name, value] of Object.entries(headers)) {
    if (notOurs.test(name)) {
      refuse(
        ['headers', name],
        `headers.${name} cannot be set.`,
        'Leave it out: it belongs to the connection.',
      );
    }
    set(name, value, ['headers', name], `headers.${name}`);
  }
  if (apiKey !== undefined) set('authorization', `${keyScheme} ${apiKey}`, ['apiKey'], 'The key');
  return result;
}

/** Shorter values are left alone: replacing every "a" would spoil a message and hide nothing. */
const shortestSecret = 4;

/**
 * Takes the key and the values of the caller's headers out of a text: services quote what they refuse.
 *
 * @example
 * import { hider } from '@secondpass/service-client';
 * hider({ apiKey: 'sk-123456789' })('Unknown key sk-123456789.'); // → 'Unknown key ***.'
 */
export function hider({ apiKey = '', headers = {} }: SecretParts): (text: string) => string {
  const secrets = [apiKey, ...Object.values(headers)]
    .flatMap((value) => [value, ...value.split(/\s+/)])
    .filter((value) => value.length >= shortestSecret)
    .sort((a, b) => b.length - a.length);
  return (text) => secrets.reduce((hidden, secret) => hidden.replaceAll(secret, '***'), text);
}
