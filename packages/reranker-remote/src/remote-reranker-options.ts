import type { RemoteScale } from './score-scale.ts';

/** What is said of a model and its use, wherever it runs. */
export interface ScoringOptions {
  /** Name in answers and errors. @default the service and its model, as `cohere:rerank-v4.0-pro` */
  readonly name?: string | undefined;
  /**
   * Anything that you change when the model behind the name changes. Only with it is there a fingerprint, and so can
   * scores be kept: no service tells when it changes its weights. @default none
   */
  readonly version?: string | undefined;
  /** What the scores are. Where a service can give either, it is asked for this one. @default the service's */
  readonly scale?: RemoteScale | undefined;
  /**
   * Whether the model reads the whole list at once, so that scores of two requests do not compare. Lists that are too
   * long for one request are then refused instead of split. @default true for models documented so, else false
   */
  readonly listwise?: boolean | undefined;
  /** Passages in one request at most. @default the service's */
  readonly maxDocuments?: number | undefined;
  /** UTF-16 code units in one request at most, the query counted once per passage; one passage may be longer. @default the service's */
  readonly maxCharacters?: number | undefined;
  /** Requests under way at a time. @default 4 */
  readonly concurrency?: number | undefined;
  /** Requests that may wait for their turn; a further one is refused as `overloaded`. @default 256 */
  readonly maxQueuedRequests?: number | undefined;
  /** Requests sent within any minute. @default no limit but the service's answers */
  readonly requestsPerMinute?: number | undefined;
  /** Characters sent within any minute, counted as for `maxCharacters`. @default no limit but the service's answers */
  readonly charactersPerMinute?: number | undefined;
  /** Further tries of a request that found no answer in time, or 408, 425, 429, 500, 502, 503, 504 or 529. @default 2 */
  readonly retries?: number | undefined;
  /** Milliseconds that one try may take. @default 30_000 */
  readonly timeoutMs?: number | undefined;
  /** Milliseconds that one `score` may take with all its requests, tries and waits. @default 60_000 */
  readonly totalTimeoutMs?: number | undefined;
  /**
   * Whether a request is closed once its caller has gone (abort, deadline). Where closing does not stop the work, the
   * request keeps its place among `concurrency` until the service answers or `timeoutMs` is over, and a try that took
   * too long is not made again, so that work does not pile up there. @default false for infinity, kserve and elasticsearch, else true
   */
  readonly closeAbandoned?: boolean | undefined;
}

/** What is said of a service behind HTTP. */
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
  /** Further fields of the request's body, as the service documents them. @default none */
  readonly body?: Readonly<Record<string, unknown>> | undefined;
  /** Whether a text above the model's limit is cut; else a service that can refuse it does. @default true */
  readonly truncate?: boolean | undefined;
}

/** A server that speaks KServe's inference protocol, version 2. */
export interface KserveOptions extends ServiceOptions {
  readonly service: 'kserve';
  /** What stands before `/v2/models`. */
  readonly url: string;
  /** The model's name on the server. */
  readonly model: string;
  /** The model's `config.json` and `tokenizer.json`: token ids are made here. */
  readonly directory: string;
  /** How tensors are sent: as JSON, or as Triton's binary extension of the protocol has them. @default 'json' */
  readonly tensors?: 'json' | 'binary' | undefined;
  /** The share of a pair that a query may take, from 0.05 to 0.95. @default 0.5 */
  readonly maxQueryShare?: number | undefined;
}

/**
 * `url` is what stands before `/rerank`; for elasticsearch what stands before `/_inference`. It may also be the whole
 * address. Where a service's own prefix is spelled as the path is, give the whole address: `https://a/rerank/rerank`.
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
      /** @default whichever the server has */
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
