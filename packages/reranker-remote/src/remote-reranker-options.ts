import type { RemoteScale } from './score-scale.ts';

/** Options of a remote model, with or without HTTP. */
export interface ScoringOptions {
  /** Name in answers and errors. @default service and model, such as `cohere:rerank-v4.0-pro` */
  readonly name?: string | undefined;
  /**
   * Any string that you change when the model behind the name changes. Without it there is no fingerprint, so scores
   * cannot be cached: no service reports a change of its weights. @default none
   */
  readonly version?: string | undefined;
  /** The scale of the scores. A service that supports several scales is asked for this one. @default the service's */
  readonly scale?: RemoteScale | undefined;
  /**
   * Whether the model reads the whole list at once, so that scores of two requests cannot be compared. A list that is
   * too long for one request is then refused instead of split. @default true for models documented so, otherwise false
   */
  readonly listwise?: boolean | undefined;
  /** Passages in one request at most. @default the service's */
  readonly maxDocuments?: number | undefined;
  /** UTF-16 code units in one request at most, the query counted once per passage; one passage may be longer. @default the service's */
  readonly maxCharacters?: number | undefined;
  /** Requests that run at the same time. @default 4 */
  readonly concurrency?: number | undefined;
  /** Requests that may wait for their turn; one more is refused as `overloaded`. @default 256 */
  readonly maxQueuedRequests?: number | undefined;
  /** Requests within any minute. @default no limit, except pauses that the service asks for */
  readonly requestsPerMinute?: number | undefined;
  /** Characters within any minute, counted as for `maxCharacters`. @default no limit, as for `requestsPerMinute` */
  readonly charactersPerMinute?: number | undefined;
  /** Retries of a request that got no answer in time, or 408, 425, 429, 500, 502, 503, 504 or 529. @default 2 */
  readonly retries?: number | undefined;
  /** Milliseconds that one try may take. @default 30_000 */
  readonly timeoutMs?: number | undefined;
  /** Milliseconds that one `score` may take, including all requests, retries and waits. @default 60_000 */
  readonly totalTimeoutMs?: number | undefined;
  /**
   * Whether a request's connection is closed when its caller stops waiting (abort, deadline). Use false if closing
   * does not stop the work there. The request then counts against `concurrency` until the service answers or
   * `timeoutMs` is over, and is not repeated after a timeout, so that work does not pile up.
   * @default false for infinity, kserve and elasticsearch, otherwise true
   */
  readonly closeAbandoned?: boolean | undefined;
}

/** Options of a service behind HTTP. */
export interface ServiceOptions extends ScoringOptions {
  /** A key that is sent with each request. No error shows it. @default none */
  readonly apiKey?: string | undefined;
  /** The environment variable that holds the key, instead of `apiKey`. @default none */
  readonly apiKeyVariable?: string | undefined;
  /** Sent with each request. No error shows their values. @default none */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Whether bodies above 1 KiB are sent with gzip; few services read it. Answers may always be compressed. @default false */
  readonly compress?: boolean | undefined;
}

/** How a service that reads texts is asked. */
export interface TextServiceOptions extends ServiceOptions {
  /** Additional fields of the request's body, see the service's documentation. @default none */
  readonly body?: Readonly<Record<string, unknown>> | undefined;
  /** Whether a text above the model's limit is cut. If false, the service refuses it, if it can. @default true */
  readonly truncate?: boolean | undefined;
}

/** A server that speaks KServe's inference protocol, version 2. */
export interface KserveOptions extends ServiceOptions {
  readonly service: 'kserve';
  /** The address before `/v2/models`. */
  readonly url: string;
  /** The model's name on the server. */
  readonly model: string;
  /** The directory of the model's `config.json` and `tokenizer.json`: the tokenizer runs here. */
  readonly directory: string;
  /** How tensors are sent: as JSON, or with Triton's binary extension of the protocol. @default 'json' */
  readonly tensors?: 'json' | 'binary' | undefined;
  /** The share of a pair that a query may take, from 0.05 to 0.95. @default 0.5 */
  readonly maxQueryShare?: number | undefined;
}

/**
 * `url` is the address before `/rerank`, for elasticsearch before `/_inference`. It may also be the whole address. If
 * the service's own prefix equals the path, give the whole address: `https://a/rerank/rerank`.
 */
export type RemoteRerankerOptions =
  | (TextServiceOptions & {
      readonly service: 'cohere' | 'jina' | 'voyage';
      /** @default the service's own address */
      readonly url?: string | undefined;
      readonly model: string;
    })
  | (TextServiceOptions & { readonly service: 'tei'; readonly url: string })
  | (TextServiceOptions & {
      readonly service: 'infinity' | 'vllm';
      readonly url: string;
      /** @default the model that the server runs */
      readonly model?: string | undefined;
    })
  | (TextServiceOptions & {
      readonly service: 'elasticsearch';
      readonly url: string;
      /** The inference endpoint's id. */
      readonly model: string;
      /** Elastic's own reranker gives logits; most others give probabilities. */
      readonly scale: RemoteScale;
    })
  | KserveOptions;

/** The kinds of service that {@link remoteReranker} asks. */
export type RemoteService = RemoteRerankerOptions['service'];
