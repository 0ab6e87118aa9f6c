import { type DocumentWriter, RetrievalError } from '@secondpass/core';
import { checkIds, checkPrepareRequest, checkQuantize, checkStoredDocuments } from '@secondpass/core/extend';
import { createCollection, resolveNewCollection } from './own-collection.ts';
import { pointId } from './point-id.ts';
import { call, read } from './qdrant-call.ts';
import {
  type CollectionShape,
  checkDimensions,
  checkMarker,
  checkShards,
  denseVector,
  existingCollection,
  inspectCollection,
  quantizedPlace,
} from './qdrant-collection.ts';
import { waitUntilIndexed } from './qdrant-indexing.ts';
import { reservedField } from './qdrant-names.ts';
import type { QdrantWriterOptions } from './qdrant-options.ts';
import { pointOf } from './qdrant-points.ts';
import { type NewPoint, upsertPoints } from './qdrant-upsert.ts';
import { groupsByShards, prepareShardKeys, shardKeyFor, tenantOf } from './shard-keys.ts';

type Signal = { readonly signal?: AbortSignal };

/** Points per request by id. */
const idsPerRequest = 1000;

const searchInstead =
  'Search it as it is, without indexing. To index documents, name a collection that does not exist yet; it is created for you.';

/** Points deleted per request: about 400 kB; Qdrant accepts 32 MB. */
const idsPerDeletion = 10_000;

/**
 * Fills a collection of its own, which `prepare` creates. Collections of other programs are searched, not written:
 * only their owners know the form of their payloads.
 *
 * A write is one request, which Qdrant logs and applies as one operation. Points that Qdrant would refuse are refused
 * before it is sent. It is never aborted once it has been sent, so an aborted write has stored nothing. A write above
 * 8 MB is sent in several requests, which are undone if one of them fails.
 *
 * @throws RetrievalError `invalid-options`
 *
 * @example
 * import { QdrantClient } from '@qdrant/js-client-rest';
 * import { qdrantWriter } from '@secondpass/adapter-qdrant';
 * const client = new QdrantClient({ url: process.env['QDRANT_URL'] ?? 'http://localhost:6333', timeout: Infinity });
 * const writer = qdrantWriter({ client, collection: 'posts', lexical: true });
 * await writer.prepare({ dimensions: 2 });
 * await writer.write([{ id: '1', text: 'Yeast.', vector: Float32Array.of(1, 0), digest: 'a' }]);
 * await writer.finish();
 * await writer.count(); // → 1
 */
export function qdrantWriter(options: QdrantWriterOptions): DocumentWriter {
  const planned = resolveNewCollection(options);
  const { collection, metric, finishTimeoutMs, writes } = planned;
  const { name } = collection;
  const target = { collection_name: collection.collection };
  let prepared: CollectionShape | undefined;
  let closed = false;

  return {
    name,
    async prepare(request) {
      checkPrepareRequest(request, name, 65_536);
      const { dimensions, signal } = request;
      checkOpen();
      checkFillable();
      const shape =
        (await inspectCollection(collection, signal)) ??
        (await createCollection(planned, dimensions, signal));
      checkOurs(shape);
      checkDimensions(dimensions, denseVector(shape, collection).dimensions, collection);
      if (collection.shardKey !== undefined)
        await prepareShardKeys(collection, [], { signal, timeoutMs: finishTimeoutMs });
      for (const index of planned.payloadIndexes) {
        await call(
          collection,
          (api, init) => api.createFieldIndex({ ...target, ...writes, wait: true, ...index }, init),
          // On a filled collection this waits until all of its points are indexed.
          { signal, timeoutMs: finishTimeoutMs },
        );
      }
      prepared = shape;
    },
    async storedDigests(ids, { signal }: Signal = {}) {
      checkIds(ids, name);
      checkOpen();
      const digests = new Map<string, string>();
      for (const { payload } of await pointsOf(
        ids,
        [`${reservedField}.id`, `${reservedField}.digest`],
        signal,
      )) {
        const { id, digest } = payload[reservedField] as { readonly id: string; readonly digest: string };
        digests.set(id, digest);
      }
      return digests;
    },
    async write(documents, { signal }: Signal = {}) {
      checkOpen();
      checkFillable();
      checkStoredDocuments(documents, name);
      const shape = await preparedShape(signal);
      const { dimensions } = denseVector(shape, collection);
      for (const { vector } of documents) checkDimensions(vector.length, dimensions, collection);
      const { lexical = null, stringOrder = false } = shape.marker ?? {};
      const points = documents.map((document) =>
        pointOf(document, { collection, metric, lexical, stringOrder }),
      );
      signal?.throwIfAborted();
      if (points.length === 0) return;
      if (collection.shardKey === undefined)
        await upsertPoints(collection, { ...target, ...writes }, [{ shards: {}, points }]);
      else await upsertByTenant(points, signal);
    },
    async finish({ signal }: Signal = {}) {
      checkOpen();
      checkFillable();
      const shape = checkOurs(await existingCollection(collection, signal));
      await waitUntilIndexed(collection, finishTimeoutMs, signal);
      if (shape.marker!.whole) return;
      const metadata = { [reservedField]: { ...shape.marker, whole: true } };
      await call(collection, (api, init) => api.updateCollection({ ...target, metadata }, init), {
        signal,
        timeoutMs: finishTimeoutMs,
      });
    },
    async count({ signal }: Signal = {}) {
      checkOpen();
      const { count } = await read<{ readonly count: number }>(
        collection,
        (api, init) => api.countPoints({ ...target, ...collection.reads, exact: true }, init),
        { signal },
      );
      return count;
    },
    async delete(ids, { signal }: Signal = {}) {
      checkIds(ids, name);
      checkOpen();
      const present = await pointsOf(ids, false, signal);
      signal?.throwIfAborted();
      await deletePoints(present);
      return present.length;
    },
    async close() {
      closed = true;
    },
  };

  async function pointsOf(
    ids: readonly string[],
    withPayload: false | readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<readonly StoredPoint[]> {
    return pointsWith([...new Set(ids)].map(pointId), withPayload, signal);
  }

  async function pointsWith(
    wanted: readonly unknown[],
    withPayload: false | readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<readonly StoredPoint[]> {
    const found: StoredPoint[] = [];
    for (let start = 0; start < wanted.length; start += idsPerRequest) {
      const page = wanted.slice(start, start + idsPerRequest);
      const request = {
        ...target,
        ...collection.reads,
        ids: page,
        with_payload: withPayload,
        with_vector: false,
      };
      found.push(
        ...(await read<StoredPoint[]>(collection, (api, init) => api.getPoints(request, init), { signal })),
      );
    }
    return found;
  }

  async function deletePoints(present: readonly StoredPoint[]): Promise<void> {
    for (const [shardKey, stored] of Map.groupBy(present, ({ shard_key }) => shard_key ?? undefined)) {
      const where = { ...target, ...writes, ...(shardKey !== undefined && { shard_key: shardKey }) };
      for (let start = 0; start < stored.length; start += idsPerDeletion) {
        const points = stored.slice(start, start + idsPerDeletion).map(({ id }) => id);
        await call(collection, (api, init) => api.deletePoints({ ...where, wait: true, points }, init));
      }
    }
  }

  /** Qdrant lets a point of the same id live in the shards of each key; a document has one place. */
  async function upsertByTenant(points: readonly NewPoint[], signal: AbortSignal | undefined): Promise<void> {
    const tenants = new Map(points.map((point) => [point.id, tenantOf(point, collection)]));
    const present = await prepareShardKeys(collection, [...new Set(tenants.values())], {
      signal,
      timeoutMs: finishTimeoutMs,
    });
    const before = await pointsWith([...tenants.keys()], false, signal);
    signal?.throwIfAborted();
    await upsertPoints(collection, { ...target, ...writes }, groupsByShards(points, collection));
    await deletePoints(
      before.filter(({ id, shard_key }) => shard_key !== shardKeyFor(collection, tenants.get(id)!, present)),
    );
  }

  async function preparedShape(signal: AbortSignal | undefined): Promise<CollectionShape> {
    prepared ??= checkOurs(await existingCollection(collection, signal));
    return prepared;
  }

  function checkOurs(shape: CollectionShape): CollectionShape {
    const { collection: named } = collection;
    if (shape.marker === undefined) {
      const problem = `The collection ${named} was not created by secondpass, so it is searched and never written.`;
      refuse('invalid-options', problem, searchInstead);
    }
    checkMarker(shape.marker, collection);
    checkShards(shape, collection);
    const { metric: stored, distance } = denseVector(shape, collection);
    if (stored !== metric) refuseForeign(`metric is "${metric}" and ${named} compares by ${distance}.`);
    checkQuantize(planned.quantize, quantizedPlace(shape, collection));
    if (planned.lexical !== null && shape.marker.lexical === null) {
      refuseForeign(`lexical is set, but ${named} was created without it.`);
    }
    return shape;
  }

  function checkFillable(): void {
    if (options.payloadField !== null) return;
    const problem =
      'payloadField is null, which is for searching a collection that secondpass did not create.';
    refuse('invalid-options', problem, searchInstead);
  }

  function refuseForeign(problem: string): never {
    return refuse('invalid-options', problem, 'Name another collection to fill; it is created for you.');
  }

  function checkOpen(): void {
    if (closed) refuse('closed', 'The writer is closed.', 'Make a new one.');
  }

  function refuse(code: RetrievalError['code'], problem: string, nextStep: string): never {
    throw new RetrievalError({ code, origin: name, problem, nextStep });
  }
}

interface StoredPoint {
  readonly id: unknown;
  readonly payload: Readonly<Record<string, unknown>>;
  /** The key of its shards, in a collection that is sharded by key. */
  readonly shard_key?: unknown;
}
