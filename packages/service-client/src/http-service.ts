import { headersOf, hider } from './request-headers.ts';
import type { Service } from './service.ts';

export interface HttpServiceOptions extends Service {
  readonly url: string;
  /** @default none */
  readonly apiKey?: string | undefined;
  /** What stands before the key in `Authorization`. @default 'Bearer' */
  readonly keyScheme?: string;
  /** Sent with each request. @default none */
  readonly headers?: Readonly<Record<string, string>> | undefined;
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
  readonly timeoutMs: number;
  readonly compress: boolean;
  /** Takes the values of headers out of a text. */
  readonly hide: (text: string) => string;
}

export const defaultTimeoutMs = 30_000;

/** @throws RetrievalError `invalid-options` for a key or header that HTTP cannot carry; it shows no value */
export function httpService(options: HttpServiceOptions): HttpService {
  const { origin, kind, url, timeoutMs = defaultTimeoutMs, compress = false, keyScheme = 'Bearer' } = options;
  return {
    origin,
    kind,
    url: url.replace(/\/+$/, ''),
    headers: headersOf(options, keyScheme, origin),
    hide: hider(options),
    timeoutMs,
    compress,
  };
}
