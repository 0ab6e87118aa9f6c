import { RetrievalError } from '@secondpass/core';
import {
  checkIds,
  checkTokenVectors,
  float32Digits,
  type StoredMaxSim,
  type StoredTokenVectors,
  type TokenVectorStore,
  type TokenVectors,
} from '@secondpass/core/extend';
import { checkQdrantOptions } from './check-qdrant-options.ts';
import { pointId } from './point-id.ts';
import { call, type QdrantConnection, read } from './qdrant-call.ts';
import type { QdrantClientLike } from './qdrant-client.ts';
import { upsertPoints } from './qdrant-upsert.ts';

/** Where {@link qdrantTokenVectors} keeps them. */
export interface QdrantTokenVectorsOptions {
  readonly client: QdrantClientLike;
  /** A collection of its own, which the first `put` creates: `articles-tokens`. */
  readonly collection: string;
  /** Time that one request may take, in milliseconds. @default 10_000 */
  readonly requestTimeoutMs?: number;
  /** Names the store in errors. @default 'qdrant:' and the collection */
  readonly name?: string;
}

type Signal = { readonly signal?: AbortSignal };

interface Point {
  readonly payload?: Readonly<Record<string, unknown>> | null;
  readonly vector?: unknown;
  readonly score?: unknown;
}

/**
 * Token vectors as a multivector per point (Qdrant 1.10 and later), compared by Qdrant's own MaxSim: a query sends
 * its vectors and receives scores; no passage vector leaves Qdrant. No index is built, because only points with given
 * ids are scored.
 *
 * Qdrant takes float32: vectors of int8 are stored as the numbers that they represent.
 *
 * @throws RetrievalError `invalid-options`
 *
 * @example
 * import { QdrantClient } from '@qdrant/js-client-rest';
 * import { qdrantTokenVectors } from '@secondpass/adapter-qdrant';
 * const client = new QdrantClient({ url: process.env['QDRANT_URL'] ?? 'http://localhost:6333', timeout: Infinity });
 * const store = qdrantTokenVectors({ client, collection: 'articles_tokens' });
 * const vectors = { dimensions: 2, values: Int8Array.of(127, 0), scale: 1 / 127, tokensCut: 0 };
 * await store.put([{ id: '1', digest: 'abc', vectors }]);
 * await store.digests(['1', '2']); // → Map(1) { '1' => 'abc' }
 */
export function qdrantTokenVectors(options: QdrantTokenVectorsOptions): TokenVectorStore {
  checkQdrantOptions('tokenVectors', options);
  const { client, collection, requestTimeoutMs = 10_000, name = `qdrant:${collection}` } = options;
  const connection: QdrantConnection = { client, name, requestTimeoutMs };
  const target = { collection_name: collection };
  let created = false;
  let closed = false;

  return {
    name,
    async get(ids, { signal }: Signal = {}) {
      const points = await pointsOf(ids, true, signal);
      return new Map(points.map((point) => [idOf(point), entryOf(point)]));
    },
    async digests(ids, { signal }: Signal = {}) {
      try {
        const points = await pointsOf(ids, false, signal);
        return new Map(points.map((point) => [idOf(point), String(point.payload?.['digest'])]));
      } catch (error) {
        if (RetrievalError.is(error) && error.code === 'source-not-found') return new Map();
        throw error;
      }
    },
    async put(entries, { signal }: Signal = {}) {
      checkOpen();
      checkTokenVectors(entries, name);
      if (entries.length === 0) return;
      if (!created) await createCollection(entries[0]!.vectors.dimensions, signal);
      created = true;
      signal?.throwIfAborted();
      const points = entries.map((entry) => ({
        id: pointId(entry.id),
        vector: rowsOf(entry.vectors),
        payload: { id: entry.id, digest: entry.digest, tokensCut: entry.vectors.tokensCut },
      }));
      await upsertPoints(connection, target, [{ shards: {}, points }]);
    },
    async maxSim(query, ids, { signal }: Signal = {}) {
      checkOpen();
      checkIds(ids, name);
      const request = {
        ...target,
        query: rowsOf(query),
        filter: { must: [{ has_id: ids.map(pointId) }] },
        params: { exact: true },
        limit: Math.max(1, ids.length),
        with_payload: true,
      };
      const { points = [] } = await read<{ points?: readonly Point[] }>(
        connection,
        (api, init) => api.queryPoints(request, init),
        { signal },
      );
      return new Map(points.map((point) => [idOf(point), scoreOf(point)]));
    },
    async close() {
      closed = true;
    },
  };

  async function pointsOf(
    ids: readonly string[],
    withVector: boolean,
    signal: AbortSignal | undefined,
  ): Promise<readonly Point[]> {
    checkOpen();
    checkIds(ids, name);
    const request = { ...target, ids: ids.map(pointId), with_payload: true, with_vector: withVector };
    return read<readonly Point[]>(connection, (api, init) => api.getPoints(request, init), { signal });
  }

  async function createCollection(dimensions: number, signal: AbortSignal | undefined): Promise<void> {
    const multivector = { comparator: 'max_sim' };
    const vectors = {
      size: dimensions,
      distance: 'Dot',
      multivector_config: multivector,
      hnsw_config: { m: 0 },
      on_disk: true,
    };
    try {
      await call(connection, (api, init) => api.createCollection({ ...target, vectors }, init), { signal });
    } catch (error) {
      const told = RetrievalError.is(error) ? error.problem : '';
      if (!/already exists/i.test(told)) throw error;
    }
  }

  function entryOf(point: Point): StoredTokenVectors {
    const { vector, payload } = point;
    const rows = Array.isArray(vector) && vector.every(Array.isArray) ? (vector as number[][]) : [];
    if (rows.length === 0) throw foreign();
    const dimensions = rows[0]!.length;
    const vectors = {
      dimensions,
      values: Float32Array.from(rows.flat()),
      scale: 1,
      tokensCut: Number(payload?.['tokensCut'] ?? 0),
    };
    return { id: idOf(point), digest: String(payload?.['digest']), vectors };
  }

  function scoreOf({ score, payload }: Point): StoredMaxSim {
    if (typeof score !== 'number' || !Number.isFinite(score)) throw foreign();
    return {
      digest: String(payload?.['digest']),
      maxSim: score,
      tokensCut: Number(payload?.['tokensCut'] ?? 0),
    };
  }

  function idOf({ payload }: Point): string {
    const id = payload?.['id'];
    if (typeof id !== 'string') throw foreign();
    return id;
  }

  function foreign(): RetrievalError {
    return new RetrievalError({
      code: 'source-failed',
      origin: name,
      problem: `The collection ${collection} holds points that are not token vectors of secondpass.`,
      nextStep: 'Name a collection of its own; the first put creates it.',
    });
  }

  function checkOpen(): void {
    if (!closed) return;
    throw new RetrievalError({
      code: 'closed',
      origin: name,
      problem: 'The store is closed.',
      nextStep: 'Make a new one.',
    });
  }
}

function rowsOf({ values, dimensions, scale }: TokenVectors): number[][] {
  const scaled = (value: number) => value * scale;
  return Array.from({ length: values.length / dimensions }, (_, row) =>
    float32Digits(Float32Array.from(values.subarray(row * dimensions, (row + 1) * dimensions), scaled)),
  );
}
