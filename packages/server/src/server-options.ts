import type { Embedder, Reranker, TwoStageRetriever } from '@secondpass/core';

/** One key that callers may present. */
export interface ApiKey {
  /** The name of its holder: in logs, and what fairness goes by. */
  readonly name: string;
  /** SHA-256 of the key, in hexadecimal digits: `printf %s "$KEY" | sha256sum`. */
  readonly sha256: string;
  /** The tenant that every search with this key is made for; a search for another one is refused. @default any */
  readonly tenant?: string;
}

/** What one request may ask for; what is above is refused in the dialect's own form. */
export interface RequestLimits {
  /** Bytes of a request's body. @default 4 MiB */
  readonly maxBodyBytes?: number;
  /** Documents, or texts to embed, of one request. @default 1000 */
  readonly maxDocuments?: number;
  /** UTF-16 code units of one document or text. @default 262144, which is the most that a model takes */
  readonly maxCharacters?: number;
  /** Time after which a request fails, in milliseconds; a caller may ask for less. @default 30000 */
  readonly timeoutMs?: number;
  /** Requests of one caller that may wait. @default 256 */
  readonly maxQueued?: number;
  /** UTF-16 code units of all that wait. @default 67108864 */
  readonly maxQueuedCharacters?: number;
  /**
   * UTF-16 code units that are in work at once, in requests of however many callers; one request of each caller is in work
   * in any case. @default 32768 for each core
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
  /** By the names that requests use; the first one answers requests that name none. */
  readonly rerankers?: Readonly<Record<string, Reranker>>;
  /** The same for texts to embed. */
  readonly embedders?: Readonly<Record<string, Embedder>>;
  /** What `/search` asks, by name; the first one answers requests that name none. */
  readonly pipelines?: Readonly<Record<string, TwoStageRetriever>>;
  /** Without any, the server listens on loopback only. @default none */
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
