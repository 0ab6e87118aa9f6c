import type { QdrantConnection } from './qdrant-call.ts';
import type { QdrantCollectionOptions } from './qdrant-options.ts';

/** The options that source and writer share, checked and filled in. */
export interface QdrantCollection extends QdrantConnection {
  readonly collection: string;
  readonly vectorName: string;
  readonly sparseVectorName: string;
  readonly textField: string;
  readonly payloadField: string | null;
  readonly tenantField: string | undefined;
  readonly shardKey: QdrantCollectionOptions['shardKey'];
  /** What every read says in addition. */
  readonly reads: { readonly consistency?: number | string };
}

/** Fills in what was left out of checked options. */
export function resolveCollection(options: QdrantCollectionOptions): QdrantCollection {
  const { client, collection, tenantField, shardKey, consistency, payloadField = 'payload' } = options;
  const { name = `qdrant:${collection}`, requestTimeoutMs = 10_000 } = options;
  const { vectorName = '', sparseVectorName = 'text', textField = 'text' } = options;
  return {
    client,
    name,
    collection,
    vectorName,
    sparseVectorName,
    textField,
    payloadField,
    tenantField,
    shardKey,
    reads: consistency === undefined ? {} : { consistency },
    requestTimeoutMs,
  };
}
