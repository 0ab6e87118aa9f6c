import type { PgvectorClient, PgvectorPool } from './pgvector-client.ts';

/** How two vectors are compared. The table's index must be made for the same metric. */
export type PgvectorMetric = 'cosine' | 'inner-product' | 'l2';

/** Column names, if they are not the ones that the writer creates. */
export interface PgvectorColumns {
  /** Any type with a text form; unique. @default 'id' */
  readonly id?: string;
  /** The passage. Any type with a text form. @default 'text' */
  readonly text?: string;
  /**
   * Of type `vector` or `halfvec`; or such a column with the cast of an expression index, such as
   * `embedding::halfvec(3072)`, to search by that index.
   * @default 'embedding'
   */
  readonly vector?: string;
  /**
   * A column of type `jsonb` or `json`; or a list of ordinary columns, whose names are the payload's fields; or `null` for
   * all columns but id, text and vectors. `[]` is no payload. Lists and `null` are for tables of other programs: for
   * the writer, `null` means a table without payload, and it refuses lists.
   * @default 'payload'
   */
  readonly payload?: string | null | readonly string[];
  /**
   * Of type `tsvector`, for searching by text in a table of another program. The writer calls its own `lexemes`.
   * @default none: they are computed from the passage while searching
   */
  readonly lexemes?: string;
}

/** Which table, through which client. */
export interface PgvectorTableOptions {
  readonly client: PgvectorClient;
  /** Table name, optionally with its schema: `articles`, `search.articles`. Case matters. */
  readonly table: string;
  /** @default 'cosine' */
  readonly metric?: PgvectorMetric;
  /** Names of the table's columns. @default those that the writer makes */
  readonly columns?: PgvectorColumns;
  /**
   * The payload field that names a passage's tenant; dots reach into objects. With it, a search must name a tenant
   * and sees only passages whose field is exactly that string, and the writer refuses a document without one.
   */
  readonly tenantField?: string;
  /** Names source, writer and reader in answers and errors. @default 'pgvector:' and the table */
  readonly name?: string;
}

interface PgvectorSearchOptions extends PgvectorTableOptions {
  /**
   * Time that the server may spend on one statement of a search, in milliseconds. PGlite has no such limit.
   * @default 10_000
   */
  readonly statementTimeoutMs?: number;
  /**
   * Lets the server parse a search once per connection. Behind a pooler that keeps no statements it ends by itself, after the first
   * that fails.
   * @default true
   */
  readonly preparedStatements?: boolean;
  /**
   * Streaming replicas to search, in turn; `client` leads to their primary. A replica that does not answer, that is more than
   * `maxReplicaLagMs` behind, or that lacks what this process has written through `client`, is passed over, in the end for the
   * primary. If the primary does not answer, a replica answers alone, and `onDegraded` is told. Not with PGlite.
   * @default none: the client is searched
   */
  readonly replicas?: readonly PgvectorPool[];
  /** How far a replica may be behind to be searched, in milliseconds. @default 10_000 */
  readonly maxReplicaLagMs?: number;
}

/** How a table is searched by vector. */
export interface PgvectorSourceOptions extends PgvectorSearchOptions {
  /**
   * `hnsw` and `ivfflat` search an index of that kind, which may miss a few rows; `exact` compares with every row.
   * @default 'hnsw'
   */
  readonly search?: 'hnsw' | 'ivfflat' | 'exact';
  /** Candidates that HNSW keeps while it searches, from 1 to 1,000. @default the larger of 40 and depth, at most 1,000 */
  readonly efSearch?: number;
  /**
   * What the index keeps of each vector. A source reads it from the table that the writer created, and refuses another.
   * @default the table's
   */
  readonly quantize?: 'binary';
  /**
   * In a table that was filled with `quantize`: how many times `depth` candidates of the index of bits are compared again by
   * their vectors, from 1 to 100; at least 100 are. More finds more and takes longer. @default 4
   */
  readonly oversample?: number;
  /** Lists that IVFFlat searches, from 1 to 32,768. @default 20 */
  readonly probes?: number;
  /**
   * Whether the index scan continues when a filter, or a depth above `efSearch`, leaves too few rows. IVFFlat has
   * `relaxed` only, and treats `strict` as `relaxed`. `off` keeps the server's own setting. Needs pgvector 0.8.
   * @default 'strict'; with `tenantField`, 'relaxed', and twice `depth` rows are read and put into exact order
   */
  readonly iterativeScan?: 'off' | 'strict' | 'relaxed';
  /** HNSW: rows after which an iterative scan gives up. @default the server's: 20,000 */
  readonly maxScanTuples?: number;
  /**
   * What to do when the index finds fewer rows than `depth`: `exact` repeats the search without the index, which
   * reads every row that matches the filter; `accept` answers with the rows found, and tells `onDegraded`.
   * @default 'exact' for a table that `pgvectorWriter` filled, as its comment states; 'accept' for any other
   */
  readonly whenShort?: 'exact' | 'accept';
}

/** How a table is searched by text. */
export interface PgvectorTextSourceOptions extends PgvectorSearchOptions {
  /**
   * Text search configuration of the server, such as `german` or `simple`.
   * @default that of the table, otherwise 'english'
   */
  readonly language?: string;
}

/** What {@link pgvectorWriter} creates. */
export interface PgvectorWriterOptions extends PgvectorTableOptions {
  /** The vector index that `finish` builds; `false` for none, to search with `search: 'exact'`. @default HNSW */
  readonly index?: false | HnswIndex | IvfflatIndex;
  /** `halfvec` stores 2 bytes per number instead of 4, to three digits, and its index holds up to 4,000 dimensions. @default 'vector' */
  readonly vectorType?: 'vector' | 'halfvec';
  /**
   * `binary` searches by an index of one bit per number, 32 times smaller than the vectors, and compares what it finds by the vectors
   * themselves. For many passages with vectors of 384 dimensions or more; only with HNSW. There is no `int8`: PostgreSQL has no
   * index of bytes. @default none
   */
  readonly quantize?: 'binary';
  /**
   * Divides the table by tenant into that many partitions, from 2 to 1,000, each with its own vector index: a search reads the one of
   * its tenant. Needs `tenantField`; not with IVFFlat. Writes to one such table take turns. @default one table
   */
  readonly partitions?: number;
  /** Stores each passage's lexemes with an index, for `pgvectorTextSource`. @default false */
  readonly textSearch?:
    | false
    | {
        /** Text search configuration of the server, such as `german` or `simple`. @default 'english' */
        readonly language?: string;
      };
}

/** Slower to build than IVFFlat and larger, more exact. */
export interface HnswIndex {
  readonly kind?: 'hnsw';
  /** Links per row, from 2 to 100. @default 16 */
  readonly m?: number;
  /** Candidates kept while building, from 4 to 1,000 and at least 2 × m. @default 64 */
  readonly efConstruction?: number;
}

/** Quicker to build than HNSW and smaller, less exact; its clusters fit the rows that exist when it is built. */
export interface IvfflatIndex {
  readonly kind: 'ivfflat';
  /** Clusters, from 1 to 32,768. @default rows ÷ 1,000, and √rows above a million */
  readonly lists?: number;
}
