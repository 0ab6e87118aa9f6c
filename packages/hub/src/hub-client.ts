import type { Readable } from 'node:stream';
import type { Closable } from '@secondpass/core';
import { RetrievalError } from '@secondpass/core';
import { type Dispatcher, EnvHttpProxyAgent, request } from 'undici';
import { checkAnswer } from './check-answer.ts';
import { headerValue } from './header-value.ts';
import type { HubSettings } from './hub-settings.ts';
import { asNetworkFailure } from './network-failure.ts';

export interface HubAnswer {
  readonly status: number;
  readonly headers: Dispatcher.ResponseData['headers'];
  readonly body: Readable;
  /** Where the body comes from, after redirects: scheme, host and port. */
  readonly origin: string;
  /** The digest that the hub itself stated, as the cache names it. */
  readonly etag: string | undefined;
}

const mostRedirects = 6;
const proxyProtocols = ['http:', 'https:', 'socks5:', 'socks:'];

/** An HTTP client for one hub: proxies, time limits, redirects, and a token that no other host gets. */
export class HubClient implements Closable {
  readonly settings: HubSettings;
  readonly #dispatcher: Dispatcher;

  /** @throws RetrievalError `invalid-options` when a proxy is not a valid URL */
  constructor(settings: HubSettings) {
    this.settings = settings;
    checkProxy('HTTP_PROXY', settings.proxy.http);
    checkProxy('HTTPS_PROXY', settings.proxy.https);
    const { proxy, connectTimeoutMs, stallTimeoutMs } = settings;
    this.#dispatcher = new EnvHttpProxyAgent({
      // Empty, not absent: undici would read the process's own variables.
      httpProxy: proxy.http ?? '',
      httpsProxy: proxy.https ?? '',
      noProxy: proxy.except ?? '',
      connect: { timeout: connectTimeoutMs },
      headersTimeout: stallTimeoutMs,
      // `readBody` limits the time of bodies; it also detects those that trickle.
      bodyTimeout: 0,
    });
  }

  /**
   * One attempt at GET.
   *
   * @param path below the endpoint, or a URL on the endpoint's own host
   * @throws PassingFailure when another attempt may succeed
   * @throws RetrievalError `hub-refused`, `model-not-found` or `hub-unreachable` when none will
   */
  async get(
    path: string,
    model: string,
    headers: Record<string, string>,
    signal?: AbortSignal,
  ): Promise<HubAnswer> {
    const { endpoint, offline } = this.settings;
    if (offline) throw this.#refuse('HF_HUB_OFFLINE is set, so no request is sent.');
    const home = new URL(endpoint).origin;
    let url = path.startsWith('/') ? new URL(`${endpoint}${path}`) : new URL(path);
    let etag: string | undefined;
    for (let hop = 0; hop <= mostRedirects; hop += 1) {
      const answer = await this.#getOnce(url, url.origin === home, headers, signal);
      if (url.origin === home) etag = statedDigest(answer.headers) ?? etag;
      const location =
        answer.statusCode >= 300 && answer.statusCode < 400 && headerValue(answer.headers['location']);
      if (!location) {
        checkAnswer(answer, { model, host: url.host, atHome: url.origin === home, settings: this.settings });
        return {
          status: answer.statusCode,
          headers: answer.headers,
          body: answer.body,
          origin: url.origin,
          etag,
        };
      }
      answer.body.on('error', () => undefined).destroy();
      url = this.#follow(url, location);
    }
    throw this.#refuse(`There were more than ${mostRedirects} redirects.`);
  }

  /** Reads a body; a connection that is cut meanwhile is a temporary failure. */
  async reading<T>(read: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    try {
      return await read();
    } catch (error) {
      signal?.throwIfAborted();
      throw error instanceof RangeError
        ? this.#refuse(error.message)
        : asNetworkFailure(error, new URL(this.settings.endpoint).host);
    }
  }

  async close(): Promise<void> {
    await this.#dispatcher.destroy();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #getOnce(url: URL, atHome: boolean, headers: Record<string, string>, signal?: AbortSignal) {
    const { token } = this.settings;
    try {
      return await request(url, {
        dispatcher: this.#dispatcher,
        headers: {
          'user-agent': 'secondpass',
          // Bytes are counted and resumed, so the answer may not be compressed.
          'accept-encoding': 'identity',
          ...headers,
          ...(atHome && token !== undefined && { authorization: `Bearer ${token}` }),
        },
        ...(signal && { signal }),
      });
    } catch (error) {
      signal?.throwIfAborted();
      throw asNetworkFailure(error, url.host);
    }
  }

  #follow(from: URL, location: string): URL {
    const next = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
    if (!next || !['http:', 'https:'].includes(next.protocol) || next.username || next.password)
      throw this.#refuse(`${from.host} redirects to something that is not a plain http or https URL.`);
    if (from.protocol === 'https:' && next.protocol === 'http:')
      throw this.#refuse(`${from.host} redirects from https to http, on ${next.host}.`);
    return next;
  }

  #refuse(problem: string): RetrievalError {
    return new RetrievalError({
      code: 'hub-unreachable',
      origin: this.settings.endpoint,
      problem,
      nextStep: 'Check that HF_ENDPOINT is a hub, and the proxies between it and this machine.',
    });
  }
}

/** The hub names a file by its SHA-256 (LFS) or git's SHA-1; a CDN's own ETag means something else. */
function statedDigest(headers: HubAnswer['headers']): string | undefined {
  const written = headerValue(headers['x-linked-etag']) ?? headerValue(headers['etag']);
  return written?.replace(/^W\//, '').replace(/^"|"$/g, '');
}

function checkProxy(variable: string, written: string | undefined): void {
  if (!written || proxyProtocols.includes(URL.parse(written)?.protocol ?? '')) return;
  throw new RetrievalError({
    code: 'invalid-options',
    origin: 'hub settings',
    // Not shown: it may hold a password.
    problem: `${variable} is not the URL of a proxy.`,
    nextStep: `Set ${variable} to a URL such as http://proxy.example:3128, or unset it.`,
  });
}
