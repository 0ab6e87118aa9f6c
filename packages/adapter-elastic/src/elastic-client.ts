/** Options of each call, in addition to its request. */
export interface ElasticCallOptions {
  readonly signal?: AbortSignal;
  /** In milliseconds. */
  readonly requestTimeout?: number;
}

/** A query or a mapping in Elasticsearch's own words. */
export type ElasticObject = Readonly<Record<string, unknown>>;

type Call<Request> = (request: Request, options?: ElasticCallOptions) => Promise<unknown>;

/**
 * The part of `Client` from `@elastic/elasticsearch` that is called; versions 8.19 and 9 have it.
 * The caller keeps TLS, authentication, connections and closing.
 */
export interface ElasticClient {
  readonly search: Call<ElasticSearchRequest | ElasticPageRequest>;
  readonly openPointInTime: Call<{ index: string; keep_alive: string }>;
  readonly closePointInTime: Call<{ id: string }>;
  readonly count: Call<{ index: string; query?: ElasticObject; routing?: string }>;
  readonly mget: Call<ElasticGetRequest>;
  readonly bulk: Call<{ index: string; operations: string[] }>;
  readonly indices: {
    readonly create: Call<{ index: string; settings: ElasticObject; mappings: ElasticObject }>;
    readonly getMapping: Call<{ index: string }>;
    readonly putMapping: Call<{ index: string; _meta: Record<string, unknown> }>;
    readonly putSettings: Call<{ index: string; settings: Record<string, unknown> }>;
    readonly refresh: Call<{ index: string }>;
  };
}

/** The part of a search that is sent. */
export interface ElasticSearchRequest {
  index: string;
  /** Asks only the shard that holds the documents written with it. */
  routing?: string;
  size: number;
  _source: string[] | { excludes: string[] };
  track_total_hits: false;
  allow_partial_search_results: false;
  query?: ElasticObject;
  knn?: ElasticKnn[];
}

/** The next documents of a snapshot of an index. */
export interface ElasticPageRequest {
  pit: { id: string; keep_alive: string };
  size: number;
  sort: { _shard_doc: 'asc' }[];
  search_after?: (string | number)[];
  _source: string[] | { excludes: string[] };
  fields: string[];
  track_total_hits: false;
  allow_partial_search_results: false;
  query: ElasticObject;
}

/** The part of a search by vector that is sent. */
export interface ElasticKnn {
  field: string;
  query_vector: number[];
  k: number;
  num_candidates: number;
  filter: ElasticObject[];
  rescore_vector?: { oversample: number };
}

/** The part of a get by ids that is sent. */
export interface ElasticGetRequest {
  index: string;
  ids: string[];
  _source?: boolean;
  _source_includes?: string[];
  _source_exclude_vectors?: boolean;
  querystring?: { _source_exclude_vectors: boolean };
}

/** @returns whether the object can do what is called */
export function isElasticClient(client: unknown): client is ElasticClient {
  if (typeof client !== 'object' || client === null) return false;
  const { search, bulk, indices } = client as Partial<ElasticClient>;
  return typeof search === 'function' && typeof bulk === 'function' && typeof indices === 'object';
}
