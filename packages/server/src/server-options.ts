import type { Embedder, Reranker, TwoStageRetriever } from '@secondpass/core';

/** One key that callers may present. */
export interface ApiKey {
  /** The name of its holder, for logs and for fair shares between callers. */
  readonly name: string;
  /** SHA-256 of the key, in hexadecimal digits: `printf %s "$KEY" | sha256sum`. */
  readonly sha256: string;
  /** The tenant of every search with this key; a search for another tenant is refused. @default any */
  readonly tenant?: string;
}

/** The limits of a request; a request above them is refused in the dialect's own form. */
export interface RequestLimits {
  /** Bytes of a request's body. @default 4 MiB */
  readonly maxBodyBytes?: number;
  /** Documents, or texts to embed, of one request. @default 1000 */
  readonly maxDocuments?: number;
  /** UTF-16 code units of one document or text. @default 262144, the longest text that a model accepts */
  readonly maxCharacters?: number;
  /** Time after which a request fails, in milliseconds; a caller may set a shorter one. @default 30000 */
  readonly timeoutMs?: number;
  /** Requests of one caller that may wait. @default 256 */
  readonly maxQueued?: number;
  /** UTF-16 code units of all that wait. @default 67108864 */
  readonly maxQueuedCharacters?: number;
  /**
   * UTF-16 code units of the requests that run at the same time, of all callers together; one request of each caller
   * always runs.
   * @default 32768 for each core
   */
  readonly maxCharactersInWork?: number;
}

/** What a {@link RerankServer} logs. */
export interface LogOptions {
  /** @default 'info': one line of JSON for each request */
  readonly level?: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** @default standard output */
  readonly stream?: { write(line: string): void };
}

/** What a {@link rerankServer} serves, to whom, and within which limits. */
export interface ServerOptions {
  /** Rerankers by the names that requests use; the first one answers requests without a name. */
  readonly rerankers?: Readonly<Record<string, Reranker>>;
  /** Embedders, by name in the same way. */
  readonly embedders?: Readonly<Record<string, Embedder>>;
  /** Pipelines for `/search`, by name in the same way. */
  readonly pipelines?: Readonly<Record<string, TwoStageRetriever>>;
  /** Without keys the server listens on loopback only. @default none */
  readonly keys?: readonly ApiKey[];
  /** How much one request may ask for. */
  readonly limits?: RequestLimits;
  /** Cores that the models share, for the default of `limits.maxCharactersInWork`. @default 1 */
  readonly cores?: number;
  /** Stated in `/info` and in the OpenAPI document. @default '0.0.0' */
  readonly version?: string;
  /** What is logged, and where. */
  readonly log?: LogOptions;
}
