import { RetrievalError } from '@secondpass/core';
import type { QuantizedPlace } from '@secondpass/core/extend';
import type { Bm25Parameters } from './bm25.ts';
import { read } from './qdrant-call.ts';
import { statusOf } from './qdrant-error.ts';
import { reservedField } from './qdrant-names.ts';
import type { QdrantMetric } from './qdrant-options.ts';
import type { QdrantCollection } from './resolve-collection.ts';

/** The writer's notes in the collection's metadata, which Qdrant has from 1.16. */
export interface CollectionMarker {
  readonly layout: 1;
  /** Whether the first filling was finished. */
  readonly whole: boolean;
  readonly textField: string;
  readonly payloadField: string;
  readonly tenantField: string | null;
  readonly stringOrder: boolean;
  readonly lexical: Bm25Parameters | null;
}

export interface DenseVectorShape {
  readonly dimensions: number;
  readonly metric: QdrantMetric | undefined;
  /** Qdrant's name of the metric. */
  readonly distance: string;
  /** What is kept of it to search by, in Qdrant's word if it is none of ours; undefined for the vector itself. */
  readonly quantize: string | undefined;
}

/** The parts of Qdrant's description of a collection that are used here. */
export interface CollectionShape {
  readonly status: string;
  /** By name; the unnamed vector is under `''`. */
  readonly vectors: ReadonlyMap<string, DenseVectorShape>;
  readonly sparseVectors: ReadonlySet<string>;
  readonly marker: CollectionMarker | undefined;
  readonly strictMode: StrictMode;
  /** Whether each point is in the shards of a key. */
  readonly shardedByKey: boolean;
}

/** The limits of the collection's strict mode that a search can respect. */
export interface StrictMode {
  /** Whether a search may compare with every point. */
  readonly allowsExact: boolean;
  /** The longest `timeout` of a request, in seconds. */
  readonly mostSeconds: number | undefined;
  /** How many times `limit` candidates a search may compare again. */
  readonly mostOversampling: number | undefined;
}

const metrics: Readonly<Record<string, QdrantMetric>> = {
  Cosine: 'cosine',
  Dot: 'inner-product',
  Euclid: 'l2',
};

export const distances: Readonly<Record<QdrantMetric, string>> = {
  cosine: 'Cosine',
  'inner-product': 'Dot',
  l2: 'Euclid',
};

/** @returns undefined when there is no such collection */
export async function inspectCollection(
  collection: QdrantCollection,
  signal?: AbortSignal,
): Promise<CollectionShape | undefined> {
  try {
    const info = await read(
      collection,
      (api, init) => api.getCollection({ collection_name: collection.collection }, init),
      { signal },
    );
    return shapeOf(info);
  } catch (error) {
    if (RetrievalError.is(error) && statusOf(error.cause) === 404) return undefined;
    throw error;
  }
}

/** @throws RetrievalError `source-not-found` */
export async function existingCollection(
  collection: QdrantCollection,
  signal?: AbortSignal,
): Promise<CollectionShape> {
  const shape = await inspectCollection(collection, signal);
  if (shape !== undefined) return shape;
  throw new RetrievalError({
    code: 'source-not-found',
    origin: collection.name,
    problem: `There is no collection ${collection.collection}.`,
    nextStep: 'Index documents first, or name another.',
  });
}

export function shapeOf(info: unknown): CollectionShape {
  const { status, config } = record(info);
  const { params, metadata, strict_mode_config, quantization_config } = record(config);
  const { vectors, sparse_vectors, sharding_method } = record(params);
  // One unnamed vector, or an object of named ones; a vector may be named "size".
  const dense = typeof record(vectors)['size'] === 'number' ? { '': vectors } : record(vectors);
  return {
    status: String(status),
    vectors: new Map(
      Object.entries(dense).map(([name, vector]) => [name, denseShape(vector, quantization_config)]),
    ),
    sparseVectors: new Set(Object.keys(record(sparse_vectors))),
    marker: markerOf(record(metadata)[reservedField]),
    strictMode: strictModeOf(record(strict_mode_config)),
    shardedByKey: sharding_method === 'custom',
  };
}

/** @throws RetrievalError `source-not-found`, naming the existing vectors */
export function denseVector(
  shape: CollectionShape,
  { vectorName, collection, name }: QdrantCollection,
): DenseVectorShape {
  const vector = shape.vectors.get(vectorName);
  if (vector !== undefined) return vector;
  const names = [...shape.vectors.keys()]
    .sort()
    .map((key) => JSON.stringify(key))
    .join(', ');
  throw new RetrievalError({
    code: 'source-not-found',
    origin: name,
    problem: `The collection ${collection} has no vector ${JSON.stringify(vectorName)}; it has ${names || 'none'}.`,
    nextStep: 'Set vectorName.',
  });
}

/** What `checkQuantize` compares an option with. */
export function quantizedPlace(shape: CollectionShape, collection: QdrantCollection): QuantizedPlace {
  const { quantize } = denseVector(shape, collection);
  return { name: collection.name, place: collection.collection, quantize };
}

/** @throws RetrievalError `source-not-found` */
export function checkSparseVector(
  shape: CollectionShape,
  { sparseVectorName, collection, name }: QdrantCollection,
): void {
  if (shape.sparseVectors.has(sparseVectorName)) return;
  throw new RetrievalError({
    code: 'source-not-found',
    origin: name,
    problem: `The collection ${collection} has no sparse vector ${JSON.stringify(sparseVectorName)}.`,
    nextStep: 'Fill a collection with lexical: true, or set sparseVectorName.',
  });
}

/** @throws RetrievalError `dimension-mismatch` */
export function checkDimensions(
  length: number,
  expected: number,
  { collection, name }: QdrantCollection,
): void {
  if (length === expected) return;
  throw new RetrievalError({
    code: 'dimension-mismatch',
    origin: name,
    problem: `The vector has ${length} elements and ${collection} holds vectors of ${expected}.`,
    nextStep: 'Use the model that the collection was indexed with, or another collection.',
  });
}

/**
 * Compares the options with the field names and the tenant field that the writer noted.
 *
 * @throws RetrievalError `invalid-options`
 */
export function checkMarker(marker: CollectionMarker, collection: QdrantCollection): void {
  for (const key of ['textField', 'payloadField', 'tenantField'] as const) {
    const [written, asked] = [marker[key], collection[key] ?? null];
    if (written === asked) continue;
    throw new RetrievalError({
      code: 'invalid-options',
      origin: collection.name,
      problem: `${key} is ${JSON.stringify(asked)} and ${collection.collection} was filled with ${JSON.stringify(written)}.`,
      nextStep: 'Use the same, or name another collection.',
    });
  }
}

/**
 * Without the option a writer does not know the shards; with it, requests to other shards would find nothing.
 *
 * @throws RetrievalError `invalid-options`
 */
export function checkShards({ shardedByKey }: CollectionShape, collection: QdrantCollection): void {
  const { shardKey, collection: named, name } = collection;
  if (shardedByKey === (shardKey !== undefined)) return;
  throw new RetrievalError({
    code: 'invalid-options',
    origin: name,
    problem: shardedByKey
      ? `${named} is sharded by key, and shardKey is left out.`
      : `shardKey is set, and ${named} is not sharded by key.`,
    nextStep: shardedByKey
      ? 'Set shardKey as when it was created.'
      : 'Leave it out, or name another collection.',
    path: ['shardKey'],
  });
}

/** @param quantization of the collection, for a vector that has none of its own */
function denseShape(vector: unknown, quantization: unknown): DenseVectorShape {
  const { size, distance, quantization_config } = record(vector);
  // An object with one key, such as { binary: { always_ram: true } }.
  const [kind] = Object.keys(record(quantization_config ?? quantization));
  return {
    dimensions: Number(size),
    metric: metrics[String(distance)],
    distance: String(distance),
    quantize: kind === 'scalar' ? 'int8' : kind,
  };
}

function strictModeOf({
  enabled,
  search_allow_exact,
  max_timeout,
  search_max_oversampling: oversampling,
}: Readonly<Record<string, unknown>>): StrictMode {
  return {
    mostOversampling: enabled === true && typeof oversampling === 'number' ? oversampling : undefined,
    allowsExact: enabled !== true || search_allow_exact !== false,
    mostSeconds: enabled === true && typeof max_timeout === 'number' ? max_timeout : undefined,
  };
}

function markerOf(value: unknown): CollectionMarker | undefined {
  return record(value)['layout'] === 1 ? (value as CollectionMarker) : undefined;
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}
