import type { Fusion } from '@secondpass/core/sources';
import type { ElasticSourceOptions, ElasticWriterOptions } from './elastic-options.ts';

/**
 * The adapter as data, for a configuration file. `url` is the address; sign in by `apiKey`, or by `username` and
 * `password`. Everything else is as in {@link ElasticSourceOptions} and {@link ElasticWriterOptions}.
 */
export interface ElasticConfig extends Omit<ElasticSourceOptions & ElasticWriterOptions, 'client' | 'match'> {
  /** Searches by vector, by text, or by both with their results fused. @default 'vector' */
  readonly match?: 'vector' | 'text' | 'hybrid';
  /** With `match: 'hybrid'`: how the two lists become one; `weights` are those of vector and text. @default rrf with k = 60 */
  readonly fusion?: Fusion;
  /** `https://host:9200`; a list for the nodes of one cluster. */
  readonly url: string | readonly string[];
  /** In Elasticsearch's base64 form. */
  readonly apiKey?: string;
  /** With `password`, instead of an API key. @default none */
  readonly username?: string;
  /** Given with `username`. No error shows it. @default none */
  readonly password?: string;
  /** Headers of every request, such as those for a proxy. */
  readonly headers?: Readonly<Record<string, string>>;
  /** PEM file of the authority that signed the server's certificate. */
  readonly caFile?: string;
}
