import type { Fusion } from '@secondpass/core/sources';
import type {
  PgvectorSourceOptions,
  PgvectorTextSourceOptions,
  PgvectorWriterOptions,
} from './pgvector-options.ts';

/**
 * The adapter as data, for a configuration file. Exactly one of `url`, `directory` and `memory` names the database.
 * Everything else is as in {@link PgvectorSourceOptions}, {@link PgvectorTextSourceOptions} and
 * {@link PgvectorWriterOptions}.
 */
export interface PgvectorConfig
  extends Omit<PgvectorSourceOptions, 'client' | 'replicas'>,
    Pick<PgvectorTextSourceOptions, 'language'>,
    Pick<PgvectorWriterOptions, 'index' | 'partitions' | 'quantize' | 'vectorType' | 'textSearch'> {
  /** `postgres://user:password@host:5432/database`, with `?sslmode=verify-full` unless the server is only yours. */
  readonly url?: string;
  /**
   * With `url`, which then leads to the primary: URLs of its streaming replicas. They are searched in turn; the primary is written to
   * and read, and is searched where no replica has what is needed. See {@link PgvectorSourceOptions.replicas}.
   * @default none
   */
  readonly replicas?: readonly string[];
  /** Keeps an embedded PostgreSQL (PGlite) in this directory. One process at a time. */
  readonly directory?: string;
  /** An embedded PostgreSQL in memory; it is lost when the process ends. */
  readonly memory?: true;
  /** With `url`: the most connections to each server. @default 10 */
  readonly poolSize?: number;
  /** With `url`: how long to wait for a connection, in milliseconds. @default 10_000 */
  readonly connectionTimeoutMs?: number;
  /**
   * Searches by vector, by text, or by both with their results fused. With `text` and `hybrid` the writer stores
   * lexemes.
   * @default 'vector'
   */
  readonly match?: 'vector' | 'text' | 'hybrid';
  /** With `match: 'hybrid'`: how the two lists become one; `weights` are those of vector and text. @default rrf with k = 60 */
  readonly fusion?: Fusion;
}
