import type { Quantization } from '@secondpass/core/extend';
import type { QdrantClientLike } from './qdrant-client.ts';

/** How two vectors are compared. */
export type QdrantMetric = 'cosine' | 'inner-product' | 'l2';

/** Which collection, through which client. */
export interface QdrantCollectionOptions {
  readonly client: QdrantClientLike;
  /** Name of a collection or alias: `articles`. Case matters. */
  readonly collection: string;
  /** The dense vector; `''` is the one without a name. @default '' */
  readonly vectorName?: string;
  /** The sparse vector that a search by text uses. @default 'text' */
  readonly sparseVectorName?: string;
  /** Field of the point's payload that holds the passage. @default 'text' */
  readonly textField?: string;
  /**
   * Field of the point's payload that holds the document's own payload, as an object; `null` if its fields are next
   * to the text at the top level, as other tools write them.
   * @default 'payload'
   */
  readonly payloadField?: string | null;
  /** Makes it multi-tenant: every search must name a tenant, and sees only points whose payload has it in this field. */
  readonly tenantField?: string;
  /**
   * For a collection that is sharded by key: each tenant's points are in shards of their own, whose key is the tenant (`'tenant'`);
   * or only those of tenants that have such shards, and all others in the shards of the key `fallback` (Qdrant 1.16). Requests of
   * a tenant go to its shards only. Needs `tenantField`. @default none: shards are of all tenants
   */
  readonly shardKey?: 'tenant' | { readonly fallback: string };
  /**
   * In a cluster: how many replicas a read asks; only points that they agree on are returned. A number, or as many as
   * Qdrant says for the word. @default Qdrant's: one
   */
  readonly consistency?: number | 'majority' | 'quorum' | 'all';
  /** Time that one request may take, in milliseconds. @default 10_000 */
  readonly requestTimeoutMs?: number;
  /** Names source and writer in answers and errors. @default 'qdrant:' and the collection */
  readonly name?: string;
}

/** How a collection is searched. */
export interface QdrantSourceOptions extends QdrantCollectionOptions {
  /**
   * `vector` searches the dense vector; `text` searches the sparse one with the terms of the query.
   * @default 'vector'
   */
  readonly match?: 'vector' | 'text';
  /** Candidates that HNSW keeps while it searches (`hnsw_ef`), from 1 to 10,000. @default Qdrant's own */
  readonly efSearch?: number;
  /** Compares with every point instead of using the HNSW index. @default false */
  readonly exact?: boolean;
  /**
   * What to do when the HNSW index finds fewer points than `depth`: `exact` repeats the search without the index;
   * `accept` answers with the points found, and tells `onDegraded`.
   * @default 'exact' for a collection that `qdrantWriter` filled, as its metadata states; 'accept' for any other
   */
  readonly whenShort?: 'exact' | 'accept';
  /**
   * What the collection keeps of each vector. A source reads it from the collection, and refuses another.
   * @default the collection's
   */
  readonly quantize?: Quantization;
  /**
   * In a quantized collection: how many times `depth` candidates are compared again by their full vectors, from 1 to 100; at
   * least 100 are, unless the collection's strict mode allows less. More finds more and takes longer.
   * @default 2 for int8, otherwise 4
   */
  readonly oversample?: number;
}

/** What {@link qdrantWriter} creates. */
export interface QdrantWriterOptions extends QdrantCollectionOptions {
  /** @default 'cosine' */
  readonly metric?: QdrantMetric;
  /** The HNSW index of a new collection; `false` for none. @default Qdrant's own: m 16, efConstruction 100 */
  readonly index?:
    | false
    | {
        /** Links per point, from 2 to 100. */
        readonly m?: number;
        /** Candidates kept while building, from 4 to 10,000. */
        readonly efConstruction?: number;
      };
  /**
   * Searches by a smaller copy of each vector: `int8` takes a quarter of its memory, `binary` a 32nd. What is found is
   * compared again by the vectors themselves, so scores are exact. @default none
   */
  readonly quantize?: Quantization;
  /**
   * In a cluster: which node orders writes. `weak` any, `medium` a leader that may change, `strong` always the same one,
   * without which nothing is written. @default Qdrant's: weak
   */
  readonly ordering?: 'weak' | 'medium' | 'strong';
  /** How a new collection is spread over a cluster. One that is there keeps its own. @default Qdrant's */
  readonly cluster?: {
    /** Shards; with `shardKey`, shards of each key. */
    readonly shardNumber?: number;
    /** Copies of each shard. */
    readonly replicationFactor?: number;
    /** Copies that must have stored a write before it counts. */
    readonly writeConsistencyFactor?: number;
    /** Further replicas that every read is sent to; the first answer counts. */
    readonly readFanOutFactor?: number;
    /** How long a replica may be silent before another one is asked, in milliseconds. Needs Qdrant 1.17. */
    readonly readFanOutDelayMs?: number;
  };
  /** Stores a sparse vector with each passage, for `match: 'text'`. @default false */
  readonly lexical?:
    | boolean
    | {
        /** @default 1.2 */
        readonly k1?: number;
        /** @default 0.75 */
        readonly b?: number;
        /**
         * Length of an average passage, in terms. It only sets the scale of the penalty for long passages.
         * @default 256
         */
        readonly averageLength?: number;
      };
  /**
   * Payload fields that filters often use, and their types. Without an index filters give the same result, more
   * slowly.
   */
  readonly payloadIndexes?: Readonly<Record<string, 'string' | 'number' | 'boolean'>>;
  /**
   * Stores the numbers that `gt`, `gte`, `lt` and `lte` need to compare strings, including dates: about 20 bytes for
   * each six of a string's first 60 bytes. Without them such filters are refused.
   * @default true
   */
  readonly stringOrder?: boolean;
  /** Time that `finish` waits for Qdrant to build its index, in milliseconds. @default 600_000 */
  readonly finishTimeoutMs?: number;
}
