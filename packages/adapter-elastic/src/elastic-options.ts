import type { Quantization } from '@secondpass/core/extend';
import type { ElasticClient, ElasticObject } from './elastic-client.ts';

/** Which way two vectors are compared: `cosine`, `max_inner_product` and `l2_norm` of Elasticsearch. */
export type ElasticMetric = 'cosine' | 'inner-product' | 'l2';

/** What an index keeps of each vector to search by: one byte per number, half a byte, or one bit. */
export type ElasticQuantization = Quantization | 'int4';

/** Field names, if they are not the ones that the writer creates. Dots reach into objects. */
export interface ElasticFields {
  /** The passage, of type `text`. @default 'text' */
  readonly text?: string;
  /** Of type `dense_vector`. @default 'vector' */
  readonly vector?: string;
  /** An object; `null` if the payload is the whole document except text and vectors. @default 'payload' */
  readonly payload?: string | null;
}

/** Which index, through which client. */
export interface ElasticIndexOptions {
  readonly client: ElasticClient;
  /** One index; for searching, also an alias of one. */
  readonly index: string;
  /** Names of the index's fields. @default those that the writer makes */
  readonly fields?: ElasticFields;
  /**
   * The metric that the index is created for. A source reads it from the index, and refuses another.
   * @default 'cosine'
   */
  readonly metric?: ElasticMetric;
  /**
   * The payload field that names a document's tenant. With it the source refuses a search that names no tenant, and
   * the writer refuses a document without a non-empty string there.
   */
  readonly tenantField?: string;
  /** Names source and writer in answers and errors. @default 'elastic:' and the index */
  readonly name?: string;
  /** How long one request may take, in milliseconds. @default 10_000 for searches, 60_000 for writes */
  readonly requestTimeoutMs?: number;
}

/** How an index is searched. */
export interface ElasticSourceOptions extends ElasticIndexOptions {
  /** Compares vectors, or searches the text by BM25. @default 'vector' */
  readonly match?: 'vector' | 'text';
  /**
   * `hnsw` searches the graph, which may miss a few documents; `exact` compares with every document.
   * @default 'hnsw'
   */
  readonly search?: 'hnsw' | 'exact';
  /** Candidates that each shard keeps while it searches the graph, up to 10,000. @default the larger of 100 and 1.5 × depth */
  readonly numCandidates?: number;
  /**
   * What the index keeps of each vector. A source reads it from the index, and refuses another.
   * @default the index's
   */
  readonly quantize?: ElasticQuantization;
  /**
   * For a quantized index: how many times `depth` candidates are compared again by their full vectors, from 1 to 100;
   * at least 100 are. More finds more and takes longer.
   * @default 2 for int8, otherwise 4; in an index of another program, what its mapping says
   */
  readonly oversample?: number;
  /**
   * `tenant` asks only the shard of the tenant, in an index of another program whose every document was written with its
   * tenant as `routing`; others are refused. Needs `tenantField`.
   * @default none: all shards are asked
   */
  readonly routing?: 'tenant';
  /**
   * What to do when the graph finds fewer documents than `depth`: `exact` counts the matching documents and, if some
   * are missing, compares with all of them; `accept` answers with the documents found, and tells `onDegraded`.
   * @default 'exact' for an index that `elasticWriter` filled, as its mapping's `_meta` states; 'accept' for any
   * other
   */
  readonly whenShort?: 'exact' | 'accept';
}

/** What {@link elasticWriter} creates. */
export interface ElasticWriterOptions extends ElasticIndexOptions {
  /** How vectors are indexed. */
  readonly vectors?: {
    /** `flat` builds no graph: each search compares with every document. @default 'hnsw' */
    readonly type?: 'hnsw' | 'flat';
    /** Links per node of the graph, from 2 to 512. @default 16 */
    readonly m?: number;
    /** Candidates kept while building the graph, from 2 to 3,200. @default 100 */
    readonly efConstruction?: number;
  };
  /**
   * Searches by a smaller copy of each vector: `int8` takes a quarter of its memory, `int4` an eighth, `binary` a 32nd. What is
   * found is compared again by the vectors themselves, so scores are exact. `binary` needs 64 dimensions or more, `int4` an even
   * number. @default none
   */
  readonly quantize?: ElasticQuantization;
  /** Analyzer of the text. @default 'standard' */
  readonly analyzer?: string;
  /**
   * Payload fields that are also indexed in Elasticsearch's own types, for native filters: `{ place: { type:
   * 'geo_point' } }` → `native.place`.
   */
  readonly nativeFields?: Readonly<Record<string, ElasticObject>>;
  /** Index settings, such as `{ number_of_shards: 3 }`. @default the server's */
  readonly settings?: ElasticObject;
  /** How often documents that a busy Elasticsearch refused (429) are sent again, at growing intervals. @default 6 */
  readonly retries?: number;
}
