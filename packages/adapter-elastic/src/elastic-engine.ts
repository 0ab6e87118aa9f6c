import type { ElasticCallOptions, ElasticClient } from './elastic-client.ts';
import { isRejection } from './elastic-error.ts';
import { waitBeforeRetry } from './wait-before-retry.ts';

/** The client's methods with signal and timeout already given. */
export type ElasticEngine = Bound<ElasticClient>;

type Bound<T> = {
  readonly [K in keyof T]: T[K] extends (request: infer Request, options?: ElasticCallOptions) => infer Answer
    ? (request: Request) => Answer
    : Bound<T[K]>;
};

export interface EngineOptions {
  /** How long each request may take, including the client's retries. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Of every search and count: asks only the shard that holds the documents written with it. @default all shards */
  readonly routing?: string | undefined;
  /**
   * How often a request that was rejected as a whole (429) is sent again. Not `bulk`: it is rejected item by item, and `sendBulk`
   * sends those again. @default 0
   */
  readonly retries?: number;
}

/**
 * Calls reject at once when the signal is aborted or the time is up; Elasticsearch stops its work when the connection
 * closes.
 *
 * The client gets a signal of our own: it treats an abort with a reason as a lost connection and reconnects, and on
 * its timeout it dispatches `abort` on the signal, although others may listen to it.
 */
export function engineOf(client: ElasticClient, options: EngineOptions): ElasticEngine {
  const bind =
    <Request>(send: (request: Request, call: ElasticCallOptions) => Promise<unknown>) =>
    (request: Request) =>
      retried((call) => send(request, call), options);
  const { indices } = client;
  const routed = options.routing === undefined ? {} : { routing: options.routing };
  return {
    search: bind((request, call) => client.search({ ...request, ...routed }, call)),
    openPointInTime: bind((request, call) => client.openPointInTime(request, call)),
    closePointInTime: bind((request, call) => client.closePointInTime(request, call)),
    count: bind((request, call) => client.count({ ...request, ...routed }, call)),
    mget: bind((request, call) => client.mget(request, call)),
    bulk: (request) => bounded((call) => client.bulk(request, call), options),
    indices: {
      create: bind((request, call) => indices.create(request, call)),
      getMapping: bind((request, call) => indices.getMapping(request, call)),
      putMapping: bind((request, call) => indices.putMapping(request, call)),
      putSettings: bind((request, call) => indices.putSettings(request, call)),
      refresh: bind((request, call) => indices.refresh(request, call)),
    },
  };
}

/** Named as the client names its own. */
class TimeoutError extends Error {
  override readonly name = 'TimeoutError';
}

type Send = (call: ElasticCallOptions) => Promise<unknown>;

async function retried(send: Send, options: EngineOptions): Promise<unknown> {
  for (let retry = 1; ; retry += 1) {
    try {
      return await bounded(send, options);
    } catch (error) {
      if (retry > (options.retries ?? 0) || !isRejection(error)) throw error;
    }
    await waitBeforeRetry(retry, options.signal);
  }
}

async function bounded(send: Send, { timeoutMs, signal }: EngineOptions): Promise<unknown> {
  signal?.throwIfAborted();
  const stop = new AbortController();
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const end = (reason: unknown) => {
    stop.abort();
    reject(reason);
  };
  const abort = () => end(signal?.reason);
  const timer = setTimeout(() => end(new TimeoutError(`No answer within ${timeoutMs} ms`)), timeoutMs);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([send({ signal: stop.signal, requestTimeout: timeoutMs }), stopped]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}
