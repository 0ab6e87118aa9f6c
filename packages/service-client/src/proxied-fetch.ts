import { RetrievalError } from '@secondpass/core';
import type { Dispatcher } from 'undici';

const variables = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'] as const;
const dispatchers = new Map<string, Promise<Dispatcher>>();

/**
 * Milliseconds that a connection is used for. A balancer of connections, such as a Service of Kubernetes, chooses an
 * instance for each connection and not for each request: a busy caller would never ask an instance that came later.
 */
const connectionLifetime = 60_000;

/**
 * `fetch` through the proxy of `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, in upper or lower case. The variables are
 * read at each request. Node's own `fetch` uses them only if Node was started with a flag.
 *
 * @throws RetrievalError `invalid-config` for a proxy that is not a URL; the error shows no value, which may hold a
 * password
 */
export async function proxiedFetch(url: string, init: RequestInit, origin: string): Promise<Response> {
  // Loaded at the first request, so that a program without requests does not wait for it.
  const { fetch } = await import('undici');
  const settings = { ...init, dispatcher: await dispatcherOf(origin) };
  return (await fetch(url, settings as object)) as unknown as Response;
}

function dispatcherOf(origin: string): Promise<Dispatcher> {
  const [httpProxy = '', httpsProxy = '', noProxy = ''] = variables.map(
    (name) => process.env[name.toLowerCase()] || process.env[name],
  );
  checkProxy('HTTP_PROXY', httpProxy, origin);
  checkProxy('HTTPS_PROXY', httpsProxy, origin);
  const key = JSON.stringify([httpProxy, httpsProxy, noProxy]);
  const known = dispatchers.get(key);
  if (known) return known;
  const made = import('undici').then(
    ({ EnvHttpProxyAgent }) =>
      new EnvHttpProxyAgent({
        ...{ httpProxy, httpsProxy, noProxy, clientTtl: connectionLifetime },
        // A request has one limit, its `timeoutMs`; undici's own would end it after five minutes.
        ...{ headersTimeout: 0, bodyTimeout: 0 },
      }),
  );
  dispatchers.set(key, made);
  return made;
}

function checkProxy(variable: string, value: string, origin: string): void {
  if (value === '' || (/^https?:\/\//i.test(value) && URL.canParse(value))) return;
  throw new RetrievalError({
    code: 'invalid-config',
    origin,
    problem: `The environment variable ${variable} is not an http or https URL.`,
    nextStep: `Set it to the proxy's address, such as http://proxy:3128, or unset it.`,
  });
}
