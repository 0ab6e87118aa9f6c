import { RetrievalError } from '@secondpass/core';
import { foreignCause } from '@secondpass/core/extend';
import type { QdrantAnswer, QdrantApi, QdrantClientLike, QdrantRequestInit } from './qdrant-client.ts';
import { isLostConnection, qdrantError } from './qdrant-error.ts';

export interface QdrantConnection {
  readonly client: QdrantClientLike;
  /** The caller's name, for errors. */
  readonly name: string;
  /** Milliseconds. */
  readonly requestTimeoutMs: number;
}

export interface CallOptions {
  /** Stops waiting at once; also stops the request itself if the client passes the signal on. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds. @default that of the connection */
  readonly timeoutMs?: number;
  /** The request contains a native filter, so a malformed request is the filter's fault. */
  readonly nativeFilter?: boolean;
}

/**
 * Makes a call that changes nothing, and gives its result. A server may close an idle connection while the request is on its
 * way; then the call is made once more (RFC 9112, section 9.3.1), within the same time.
 *
 * @throws as {@link call}
 */
export function read<Result>(
  connection: QdrantConnection,
  request: (api: QdrantApi, init: QdrantRequestInit) => Promise<QdrantAnswer>,
  options: CallOptions = {},
): Promise<Result> {
  const twice = async (api: QdrantApi, init: QdrantRequestInit) => {
    try {
      return await request(api, init);
    } catch (error) {
      if (init.signal?.aborted || !isLostConnection(error)) throw error;
      return request(api, init);
    }
  };
  return call(connection, twice, options);
}

/**
 * Makes one call and gives its result.
 *
 * @throws RetrievalError as {@link qdrantError} says, and `source-unreachable` when no answer came in time; or the
 * signal's reason
 */
export async function call<Result>(
  { client, name, requestTimeoutMs }: QdrantConnection,
  request: (api: QdrantApi, init: QdrantRequestInit) => Promise<QdrantAnswer>,
  { signal, timeoutMs = requestTimeoutMs, nativeFilter = false }: CallOptions = {},
): Promise<Result> {
  signal?.throwIfAborted();
  const timeout = AbortSignal.timeout(timeoutMs);
  const stop = signal ? AbortSignal.any([signal, timeout]) : timeout;
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const onStop = () => reject(stop.reason);
  stop.addEventListener('abort', onStop, { once: true });
  try {
    const { data } = await Promise.race([request(client.api(), { signal: stop }), stopped]);
    if (data?.result === undefined || data.result === null)
      throw new Error('The answer is not one of Qdrant.');
    return data.result as Result;
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (timeout.aborted) {
      throw new RetrievalError({
        code: 'deadline-exceeded',
        origin: name,
        problem: `Qdrant did not answer within ${timeoutMs.toLocaleString('en')} ms.`,
        nextStep: 'Check that it runs and has capacity, or raise requestTimeoutMs.',
        cause: foreignCause(error),
      });
    }
    throw qdrantError(error, name, { nativeFilter });
  } finally {
    stop.removeEventListener('abort', onStop);
  }
}
