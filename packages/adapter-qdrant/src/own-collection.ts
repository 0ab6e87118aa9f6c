import { RetrievalError } from '@secondpass/core';
import type { Bm25Parameters } from './bm25.ts';
import { checkQdrantOptions } from './check-qdrant-options.ts';
import { call } from './qdrant-call.ts';
import {
  type CollectionMarker,
  type CollectionShape,
  distances,
  existingCollection,
} from './qdrant-collection.ts';
import { statusOf } from './qdrant-error.ts';
import { pathOf } from './qdrant-filter.ts';
import { reservedField } from './qdrant-names.ts';
import type { QdrantMetric, QdrantWriterOptions } from './qdrant-options.ts';
import { type QdrantCollection, resolveCollection } from './resolve-collection.ts';

/** The writer's options, checked and with defaults. */
export interface NewCollection {
  readonly collection: QdrantCollection & { readonly payloadField: string };
  readonly metric: QdrantMetric;
  readonly index: QdrantWriterOptions['index'];
  readonly quantize: QdrantWriterOptions['quantize'];
  readonly cluster: NonNullable<QdrantWriterOptions['cluster']>;
  /** What every write says in addition. */
  readonly writes: { readonly ordering?: string };
  readonly lexical: Bm25Parameters | null;
  readonly stringOrder: boolean;
  /** In Qdrant's form. */
  readonly payloadIndexes: readonly Readonly<Record<string, unknown>>[];
  /** Milliseconds. */
  readonly finishTimeoutMs: number;
}

/** A float index works for integers too; an integer index would leave out 35.5. */
const indexSchemas = { string: 'keyword', number: 'float', boolean: 'bool' } as const;

/** @throws RetrievalError `invalid-options` with the `path` of the option */
export function resolveNewCollection(options: QdrantWriterOptions): NewCollection {
  checkQdrantOptions('writer', options);
  const collection = resolveCollection(options);
  const { tenantField } = collection;
  const payloadField = collection.payloadField ?? 'payload';
  const { metric = 'cosine', index, quantize, cluster = {}, ordering } = options;
  const { stringOrder = true, finishTimeoutMs = 600_000 } = options;
  const fields = Object.entries(options.payloadIndexes ?? {});
  const indexOf = (field: string, field_schema: unknown) => ({
    field_name: pathOf([payloadField, ...field.split('.')]),
    field_schema,
  });
  return {
    collection: { ...collection, payloadField },
    metric,
    index,
    quantize,
    cluster,
    writes: ordering === undefined ? {} : { ordering },
    lexical: lexicalParameters(options.lexical),
    stringOrder,
    payloadIndexes: [
      ...(tenantField === undefined ? [] : [indexOf(tenantField, { type: 'keyword', is_tenant: true })]),
      ...fields
        .filter(([field]) => field !== tenantField)
        .map(([field, type]) => indexOf(field, indexSchemas[type])),
    ],
    finishTimeoutMs,
  };
}

function lexicalParameters(lexical: QdrantWriterOptions['lexical']): Bm25Parameters | null {
  if (lexical === undefined || lexical === false) return null;
  const { k1 = 1.2, b = 0.75, averageLength = 256 } = lexical === true ? {} : lexical;
  return { k1, b, averageLength };
}

/**
 * Creates the collection, or returns the one that another process created meanwhile.
 *
 * @throws RetrievalError `source-failed` on a Qdrant without metadata; the collection is deleted then
 */
export async function createCollection(
  planned: NewCollection,
  dimensions: number,
  signal: AbortSignal | undefined,
): Promise<CollectionShape> {
  const { collection } = planned;
  const target = { collection_name: collection.collection };
  const request = { ...target, ...collectionSettings(planned, dimensions) };
  let created = true;
  try {
    await call(collection, (api, init) => api.createCollection(request, init), { signal });
  } catch (error) {
    if (!RetrievalError.is(error) || !isTaken(error)) throw error;
    created = false;
  }
  const shape = await existingCollection(collection, signal);
  if (created && shape.marker === undefined) {
    await call(collection, (api, init) => api.deleteCollection(target, init), { signal });
    throw new RetrievalError({
      code: 'source-failed',
      origin: collection.name,
      problem: 'This Qdrant does not store metadata of collections.',
      nextStep: 'Update Qdrant to 1.16 or later to fill collections; older ones can be searched.',
    });
  }
  const params = readSettings(planned.cluster);
  if (created && params !== undefined)
    await call(collection, (api, init) => api.updateCollection({ ...target, params }, init), { signal });
  return shape;
}

/** The body of `PUT /collections/{name}`. */
export function collectionSettings(
  { collection, metric, index, quantize, cluster, lexical, stringOrder }: NewCollection,
  dimensions: number,
): Readonly<Record<string, unknown>> {
  const { vectorName, sparseVectorName, textField, payloadField, tenantField = null } = collection;
  const dense = { size: dimensions, distance: distances[metric] };
  const marker: CollectionMarker = {
    layout: 1,
    whole: false,
    textField,
    payloadField,
    tenantField,
    stringOrder,
    lexical,
  };
  return {
    vectors: vectorName === '' ? dense : { [vectorName]: dense },
    ...(lexical && { sparse_vectors: { [sparseVectorName]: { modifier: 'idf' } } }),
    ...(index !== undefined && { hnsw_config: hnswSettings(index) }),
    ...(quantize && { quantization_config: quantizations[quantize] }),
    ...(collection.shardKey !== undefined && { sharding_method: 'custom' }),
    ...clusterSettings(cluster),
    metadata: { [reservedField]: marker },
  };
}

function clusterSettings({
  shardNumber,
  replicationFactor,
  writeConsistencyFactor,
}: NewCollection['cluster']): Readonly<Record<string, number>> {
  return {
    ...(shardNumber !== undefined && { shard_number: shardNumber }),
    ...(replicationFactor !== undefined && { replication_factor: replicationFactor }),
    ...(writeConsistencyFactor !== undefined && { write_consistency_factor: writeConsistencyFactor }),
  };
}

/** What Qdrant takes only for a collection that is there; undefined where nothing of it was asked for. */
function readSettings({
  readFanOutFactor,
  readFanOutDelayMs,
}: NewCollection['cluster']): Readonly<Record<string, number>> | undefined {
  if (readFanOutFactor === undefined && readFanOutDelayMs === undefined) return undefined;
  return {
    ...(readFanOutFactor !== undefined && { read_fan_out_factor: readFanOutFactor }),
    ...(readFanOutDelayMs !== undefined && { read_fan_out_delay_ms: readFanOutDelayMs }),
  };
}

const quantizations = {
  int8: { scalar: { type: 'int8', always_ram: true } },
  binary: { binary: { always_ram: true } },
} as const;

function hnswSettings(
  index: Exclude<QdrantWriterOptions['index'], undefined>,
): Readonly<Record<string, number>> {
  if (index === false) return { m: 0 };
  const { m, efConstruction } = index;
  return {
    ...(m !== undefined && { m }),
    ...(efConstruction !== undefined && { ef_construct: efConstruction }),
  };
}

/** 409 from 1.9 on, and 400 with a message before. */
function isTaken({ cause, problem }: RetrievalError): boolean {
  const status = statusOf(cause);
  return status === 409 || (status === 400 && /already exists/i.test(problem));
}
