import type { Fusion } from '@secondpass/core/sources';
import type { QdrantSourceOptions, QdrantWriterOptions } from './qdrant-options.ts';

/**
 * The adapter as data, for a configuration file. Everything but the connection is as in {@link QdrantSourceOptions}
 * and {@link QdrantWriterOptions}.
 */
export interface QdrantConfig extends Omit<QdrantSourceOptions & QdrantWriterOptions, 'client' | 'match'> {
  /** `https://host:6333`, with a path if a proxy serves Qdrant under one. The default port is 6333. */
  readonly url: string;
  /** Sent as the header `api-key`; use https to keep it secret. */
  readonly apiKey?: string;
  /** Further headers of every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The most connections. @default 25 */
  readonly maxConnections?: number;
  /**
   * Searches by vector, by text, or by both with their results fused. With `text` and `hybrid`, `lexical` is on.
   * @default 'vector'
   */
  readonly match?: 'vector' | 'text' | 'hybrid';
  /** With `match: 'hybrid'`: how the two lists become one; `weights` are those of vector and text. @default rrf with k = 60 */
  readonly fusion?: Fusion;
}
