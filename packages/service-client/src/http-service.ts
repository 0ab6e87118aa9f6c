import { RetrievalError, type RetrievalErrorCode } from '@secondpass/core';

/** The properties of a kind of service (reranking, embedding) that requests and errors depend on. */
export interface ServiceKind {
  /** Error code if the service refuses a request. */
  readonly failed: RetrievalErrorCode;
  /** Error code if the service does not answer. */
  readonly unreachable: RetrievalErrorCode;
  /** The longest answer that is read, in bytes, for a request body of so many bytes before compression. */
  readonly longestAnswer: (sentBytes: number) => number;
  /** The `nextStep` sentences of errors, where they depend on the kind of service. */
  readonly nextSteps: {
    readonly key: string;
    readonly tooLarge: string;
    readonly tooSlow: string;
    readonly unusable: string;
  };
}

/** The properties of a service that errors need. */
export interface Service {
  /** For errors. */
  readonly origin: string;
  readonly kind: ServiceKind;
  /** Removes the key and the header values from a text. */
  readonly redact: (text: string) => string;
}

/** A service behind HTTP, as the caller states it. */
export interface HttpServiceOptions extends SecretParts {
  readonly origin: string;
  readonly kind: ServiceKind;
  readonly url: string;
  /** The path of its requests. If `url` ends in this path or its start, that part is removed. @default none */
  readonly path?: string;
  /** The word before the key in `Authorization`. @default 'Bearer' */
  readonly keyScheme?: string;
  /** Milliseconds that one try may take. @default 30_000 */
  readonly timeoutMs?: number | undefined;
  /** Whether bodies above 1 KiB are sent with gzip. @default false */
  readonly compress?: boolean | undefined;
}

/** A service behind HTTP, ready for requests. */
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
    redact: redactor(options),
    timeoutMs,
    compress,
  };
}

/**
 * The address that paths are appended to: `https://a/v1/rerank` becomes `https://a/v1` for the path `/rerank`, and
 * `http://a/api` becomes `http://a` for the path `/api/embed`.
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

/** Headers that the client sets itself. With a value from the user, fetch refuses them or sends a broken request. */
const notOurs =
  /^(?:connection|content-length|expect|host|keep-alive|te|trailer|transfer-encoding|upgrade)$/i;

function headersOf({ apiKey, headers = {} }: SecretParts, keyScheme: string, origin: string): Headers {
  const result = new Headers({ accept: 'application/json' });
  const refuse = (path: readonly string[], problem: string, nextStep: string): never => {
    throw new RetrievalError({ code: 'invalid-options', origin, problem, nextStep, path });
  };
  const set = (name: string, value: string, path: readonly string[], what: string): void => {
    // Headers accepts control characters here, but fetch refuses them when it sends the request.
    if (/^[\t\x20-\x7e\x80-\xff]*$/.test(value) && /^[\w!#$%&'*+.^`|~-]+$/.test(name)) {
      return result.set(name, value);
    }
    // The error has no cause: a cause would quote the value.
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

/** Shorter values are not hidden: replacing every "a" would garble the message and protect nothing. */
const shortestSecret = 4;

/**
 * Takes the key and the values of the caller's headers out of a text: services quote what they refuse.
 *
 * @example
 * import { redactor } from '@secondpass/service-client';
 * redactor({ apiKey: 'sk-123456789' })('Unknown key sk-123456789.'); // → 'Unknown key ***.'
 */
export function redactor({ apiKey = '', headers = {} }: SecretParts): (text: string) => string {
  const secrets = [apiKey, ...Object.values(headers)]
    .flatMap((value) => [value, ...value.split(/\s+/)])
    .filter((value) => value.length >= shortestSecret)
    .sort((a, b) => b.length - a.length);
  return (text) => secrets.reduce((hidden, secret) => hidden.replaceAll(secret, '***'), text);
}
