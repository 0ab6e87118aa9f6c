import {
  type CandidateRequest,
  type CandidateSource,
  type FetchRequest,
  type Filter,
  type Payload,
  parseFilter,
  RetrievalError,
} from '@secondpass/core';
import {
  candidatesToRescore,
  checkCandidateRequest,
  checkFetchRequest,
  checkQuantize,
  checkQuery,
  checkTenant,
} from '@secondpass/core/extend';
import { checkQdrantOptions } from './check-qdrant-options.ts';
import { read } from './qdrant-call.ts';
import {
  type CollectionShape,
  checkDimensions,
  checkMarker,
  checkShards,
  checkSparseVector,
  denseVector,
  existingCollection,
  quantizedPlace,
} from './qdrant-collection.ts';
import { isExactRefused, isMissingShardKey } from './qdrant-error.ts';
import { isNative } from './qdrant-filter.ts';
import type { QdrantSourceOptions } from './qdrant-options.ts';
import { checkQueryVector, fetchRequest, isZero, searchRequest } from './qdrant-request.ts';
import {
  candidatesOf,
  documentOf,
  type ScoredPoint,
  type StoredPoint,
  scoredPoints,
} from './qdrant-response.ts';
import { resolveCollection } from './resolve-collection.ts';

/** Another collection may replace the known one, so the collection is inspected again after this time. */
const shapeHoldsForMs = 60_000;

/**
 * Searches one collection, by vector or by text. Works on a collection that `qdrantWriter` filled and on any other.
 *
 * HNSW may miss points. If it finds fewer than `depth`, `whenShort` decides: in a collection that `qdrantWriter`
 * filled, an exact search checks the answer first, unless the collection's strict mode forbids it
 * (`search_allow_exact: false`).
 *
 * @typeParam P the payload's fields, which are returned as they are in the database
 * @throws RetrievalError `invalid-options`
 *
 * @example
 * import { QdrantClient } from '@qdrant/js-client-rest';
 * import { qdrantSource, qdrantWriter } from '@secondpass/adapter-qdrant';
 * const client = new QdrantClient({ url: process.env['QDRANT_URL'] ?? 'http://localhost:6333', timeout: Infinity });
 * const writer = qdrantWriter({ client, collection: 'articles' });
 * await writer.prepare({ dimensions: 2 });
 * const vector = Float32Array.of(1, 0);
 * await writer.write([{ id: '1', text: 'Yeast.', vector, digest: 'a', payload: { year: 1929 } }]);
 * await writer.finish();
 * const source = qdrantSource<{ year: number }>({ client, collection: 'articles' });
 * const [found] = await source.search({ query: { text: 'bread', vector }, depth: 10 });
 * found?.payload?.year; // → 1929
 */
export function qdrantSource<P extends object = Payload>(options: QdrantSourceOptions): CandidateSource<P> {
  checkQdrantOptions('source', options);
  const collection = resolveCollection(options);
  const { name } = collection;
  const { match = 'vector', efSearch, exact = false, quantize, oversample, whenShort } = options;
  let known: { readonly shape: CollectionShape; readonly until: number } | undefined;
  let closed = false;

  return {
    name,
    input: match,
    get similarity() {
      if (match !== 'vector' || known === undefined) return undefined;
      return denseVector(known.shape, collection).metric === 'cosine' ? 'cosine' : undefined;
    },
    async search(given: CandidateRequest) {
      checkCandidateRequest(given, name);
      const { query, depth, filter, tenant, signal, onDegraded } = given;
      signal?.throwIfAborted();
      if (closed) refuse('closed', 'The source is closed.', 'Make a new one.');
      checkTenant(tenant, collection);
      if (match === 'vector') checkQueryVector(query.vector, name);
      else checkQuery(query.text, name);
      const condition = filter === undefined ? undefined : parseFilter(filter, name);
      try {
        const shape = await currentShape(signal);
        const { allowsExact, mostSeconds } = shape.strictMode;
        const target = targetOf(shape);
        const plan = { collection, target, match, query, depth, filter: condition, tenant, mostSeconds };
        const oversampling = oversamplingFor(shape, depth);
        const request = searchRequest({ ...plan, efSearch, exact, oversampling });
        if (request === undefined) return [];
        if (match === 'text')
          return candidatesOf<P>(await ask(request, condition, signal), 'terms', collection);
        const { dimensions, metric, distance } = denseVector(shape, collection);
        checkDimensions(query.vector!.length, dimensions, collection);
        if (metric === undefined) {
          refuse(
            'invalid-options',
            `The vector compares by ${distance}.`,
            'Use one of Cosine, Dot and Euclid.',
          );
        }
        if (metric === 'cosine' && isZero(query.vector!)) {
          refuse(
            'invalid-query',
            'The query vector is all zeros and has no direction.',
            'Embed the query again.',
          );
        }
        let points = await ask(request, condition, signal);
        const short = !exact && points.length < depth;
        let accept = !allowsExact || (whenShort ?? (shape.marker ? 'exact' : 'accept')) === 'accept';
        if (short && !accept) {
          points = await ask(searchRequest({ ...plan, exact: true })!, condition, signal).catch((error) => {
            // Strict mode may have been set since the collection was inspected. The points found are right, but some
            // may be missing.
            if (!isExactRefused(error)) throw error;
            accept = true;
            return points;
          });
        }
        const candidates = candidatesOf<P>(points, metric, collection);
        if (short && accept) {
          const why = allowsExact ? 'whenShort is "accept"' : 'strict mode allows no exact search';
          const reason = `${name}: the index found ${points.length} of ${depth} candidates, and whether there are more was not checked (${why}).`;
          onDegraded?.({ stage: 'search', reason });
        }
        return candidates;
      } catch (error) {
        // The collection may have been dropped or changed since; the next search inspects it again.
        known = undefined;
        throw error;
      }
    },
    async fetch(request: FetchRequest) {
      checkFetchRequest(request, name);
      const { ids, filter, tenant, signal } = request;
      signal?.throwIfAborted();
      if (closed) refuse('closed', 'The source is closed.', 'Make a new one.');
      checkTenant(tenant, collection);
      const condition = filter === undefined ? undefined : parseFilter(filter, name);
      const target = targetOf(await currentShape(signal));
      const lookup = fetchRequest({ collection, target, filter: condition, tenant, ids });
      if (lookup === undefined) return [];
      const { points } = await read<{ readonly points: readonly StoredPoint[] }>(
        collection,
        (api, init) => api.scrollPoints({ collection_name: collection.collection, ...lookup }, init),
        { signal, nativeFilter: condition !== undefined && isNative(condition) },
      ).catch(noPointsWithoutShards);
      const documents = points.map((point) => documentOf(point, collection));
      const found = new Map(documents.map((document) => [document.id, document]));
      return ids.flatMap((id) => found.get(id) ?? []);
    },
    async close() {
      closed = true;
    },
  };

  async function ask(
    request: Readonly<Record<string, unknown>>,
    filter: Filter | undefined,
    signal: AbortSignal | undefined,
  ): Promise<readonly ScoredPoint[]> {
    const { points } = await read<{ readonly points?: unknown }>(
      collection,
      (api, init) => api.queryPoints({ collection_name: collection.collection, ...request }, init),
      { signal, nativeFilter: filter !== undefined && isNative(filter) },
    ).catch(noPointsWithoutShards);
    return scoredPoints(points, name);
  }

  async function currentShape(signal: AbortSignal | undefined): Promise<CollectionShape> {
    if (known !== undefined && performance.now() < known.until) return known.shape;
    const shape = await existingCollection(collection, signal);
    const { marker } = shape;
    if (marker !== undefined) checkMarker(marker, collection);
    if (marker !== undefined && !marker.whole) {
      refuse(
        'source-incomplete',
        `The first filling of ${collection.collection} has not finished.`,
        'Run indexing again; it goes on where it stopped.',
      );
    }
    if (collection.shardKey !== undefined) checkShards(shape, collection);
    if (match === 'text') checkSparseVector(shape, collection);
    else if (quantize !== undefined) checkQuantize(quantize, quantizedPlace(shape, collection));
    known = { shape, until: performance.now() + shapeHoldsForMs };
    return shape;
  }

  /** Shards of a tenant are created with its first document. */
  function noPointsWithoutShards(error: unknown): { readonly points: readonly never[] } {
    if (collection.shardKey === 'tenant' && isMissingShardKey(error)) return { points: [] };
    throw error;
  }

  /** As a multiple of `depth`, which is how Qdrant takes it. */
  function oversamplingFor(shape: CollectionShape, depth: number): number | undefined {
    const { quantize: kept } = shape.vectors.get(collection.vectorName) ?? {};
    if (kept === undefined) return undefined;
    const { mostOversampling = Number.POSITIVE_INFINITY } = shape.strictMode;
    const many = candidatesToRescore({ depth, quantize: kept, oversample });
    return Math.min(Math.ceil(many / depth), mostOversampling);
  }

  function targetOf({ marker }: CollectionShape) {
    const { payloadField } = collection;
    return { payloadField, name, ours: marker !== undefined, stringOrder: marker?.stringOrder ?? false };
  }

  function refuse(code: RetrievalError['code'], problem: string, nextStep: string): never {
    throw new RetrievalError({ code, origin: name, problem, nextStep });
  }
}
