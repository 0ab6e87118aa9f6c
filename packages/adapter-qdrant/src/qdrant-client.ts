/** What every call answers; `result` is absent only when something else than Qdrant answers. */
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

/** The calls that are made, under the names that the client gives to them. */
export interface QdrantApi {
  getCollection(request: Body, init?: QdrantRequestInit): Promise<QdrantAnswer>;
  createCollection(request: Body, init?: QdrantRequestInit): Promise<QdrantAnswer>;
  updateCollection(request: Body, init?: QdrantRequestInit): Promise<QdrantAnswer>;
  deleteCollection(request: Body, init?: QdrantRequestInit): Promise<QdrantAnswer>;
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
 * It is the client's lower layer, because only that takes an `AbortSignal`. A client with a `timeout` of its own (the
 * default is 300,000 ms) puts its own signal in the place of ours; `timeout: Infinity` lets ours through.
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
