/** The answer of every call; `result` is absent only when another server than Qdrant answers. */
export interface QdrantAnswer {
  readonly data: { readonly result?: unknown };
}

/** The part of a request's settings that is sent. */
export interface QdrantRequestInit {
  readonly signal?: AbortSignal;
}

/** One of Qdrant's conditions, as JSON; a whole filter is one too. */
export type QdrantCondition = Readonly<Record<string, unknown>>;

type Body = Readonly<Record<string, unknown>>;

/** The calls that are used, by the client's names. */
export interface QdrantApi {
  getCollection(request: Body, init?: QdrantRequestInit): Promise<QdrantAnswer>;
  createCollection(request: Body, init?: QdrantRequestInit): Promise<QdrantAnswer>;
  updateCollection(request: Body, init?: QdrantRequestInit): Promise<QdrantAnswer>;
  deleteCollection(request: Body, init?: QdrantRequestInit): Promise<QdrantAnswer>;
  listShardKeys(request: Body, init?: QdrantRequestInit): Promise<QdrantAnswer>;
  createShardKey(request: Body, init?: QdrantRequestInit): Promise<QdrantAnswer>;
  createFieldIndex(request: Body, init?: QdrantRequestInit): Promise<QdrantAnswer>;
  upsertPoints(request: Body, init?: QdrantRequestInit): Promise<QdrantAnswer>;
  scrollPoints(request: Body, init?: QdrantRequestInit): Promise<QdrantAnswer>;
  getPoints(request: Body, init?: QdrantRequestInit): Promise<QdrantAnswer>;
  deletePoints(request: Body, init?: QdrantRequestInit): Promise<QdrantAnswer>;
  countPoints(request: Body, init?: QdrantRequestInit): Promise<QdrantAnswer>;
  queryPoints(request: Body, init?: QdrantRequestInit): Promise<QdrantAnswer>;
}

/**
 * The part of `QdrantClient` of `@qdrant/js-client-rest` that is called. The caller keeps address, TLS and keys.
 *
 * It is the client's lower layer, because only that accepts an `AbortSignal`. A client with its own `timeout` (the
 * default is 300,000 ms) replaces our signal by its own; `timeout: Infinity` keeps ours.
 */
export interface QdrantClientLike {
  api(): QdrantApi;
}

export function isQdrantClient(client: unknown): client is QdrantClientLike {
  return (
    typeof client === 'object' &&
    client !== null &&
    typeof (client as Record<string, unknown>)['api'] === 'function'
  );
}
