import { expect, test } from '@jest/globals';
import { QdrantClient } from '@qdrant/js-client-rest';
import type { StoredTokenVectors } from '@secondpass/core/extend';
import { qdrantTokenVectors } from '../src/index.ts';
import { pointId } from '../src/point-id.ts';
import { listen } from './http-server.ts';

interface Point {
  readonly id: string;
  readonly vector: number[][];
  readonly payload: Record<string, unknown>;
}

/** A double of the four calls over HTTP, with MaxSim done plainly: no Qdrant server was at hand for this test. */
async function doubleOfQdrant() {
  let created: unknown;
  const points = new Map<string, Point>();
  const dot = (a: number[], b: number[]) => a.reduce((sum, value, at) => sum + value * b[at]!, 0);
  const maxSim = (query: number[][], vectors: number[][]) =>
    query.reduce((sum, q) => sum + Math.max(...vectors.map((vector) => dot(q, vector))), 0);
  const answer = (method: string, path: string, body: Record<string, unknown>): [number, unknown] => {
    if (method === 'PUT' && path === '/collections/tokens') {
      if (created) return [409, 'Wrong input: Collection `tokens` already exists!'];
      created = body;
      return [200, true];
    }
    if (!created) return [404, 'Not found: Collection `tokens` doesn’t exist!'];
    if (method === 'PUT') {
      for (const point of body['points'] as Point[]) points.set(point.id, point);
      return [200, { status: 'completed' }];
    }
    const wanted = (ids: string[]) => ids.map((id) => points.get(id)).filter((point) => point !== undefined);
    if (!path.endsWith('/query')) {
      const found = wanted(body['ids'] as string[]);
      return [200, body['with_vector'] ? found : found.map(({ id, payload }) => ({ id, payload }))];
    }
    const [{ has_id: ids }] = (body['filter'] as { must: [{ has_id: string[] }] }).must;
    const scored = wanted(ids).map(({ id, payload, vector }) => ({
      id,
      payload,
      score: maxSim(body['query'] as number[][], vector),
    }));
    return [200, { points: scored.slice(0, body['limit'] as number) }];
  };
  const server = await listen(async (request, response) => {
    let text = '';
    for await (const part of request) text += part;
    const path = new URL(request.url!, 'http://double').pathname;
    const [status, result] = answer(request.method!, path, text === '' ? {} : JSON.parse(text));
    response.writeHead(status, { 'content-type': 'application/json' });
    const body = status === 200 ? { result, status: 'ok' } : { status: { error: result } };
    response.end(JSON.stringify({ ...body, time: 0 }));
  });
  const client = new QdrantClient({
    url: server.url,
    checkCompatibility: false,
    timeout: Number.POSITIVE_INFINITY,
  });
  return { server, client, points, created: () => created };
}

const entry = (id: string, values: Float32Array | Int8Array, scale = 1): StoredTokenVectors => ({
  id,
  digest: `digest of ${id}`,
  vectors: { dimensions: 2, values, scale, tokensCut: 4 },
});
const query = { dimensions: 2, values: Float32Array.of(1, 0, 0, 1), scale: 1, tokensCut: 0 };

test('stores, reads and scores multivectors over the official client', async () => {
  const { server, client, points, created } = await doubleOfQdrant();
  try {
    const store = qdrantTokenVectors({ client, collection: 'tokens' });
    expect(await store.digests(['a'])).toEqual(new Map());
    await expect(store.get(['a'])).rejects.toMatchObject({ code: 'source-not-found' });
    await store.put([
      entry('a', Float32Array.of(0.5, 0.25, 1, 0)),
      entry('b', Int8Array.of(-100, 100), 0.01),
    ]);
    expect(created()).toMatchObject({
      vectors: { size: 2, distance: 'Dot', multivector_config: { comparator: 'max_sim' } },
    });
    expect(points.get(pointId('b'))!.vector).toEqual([[-1, 1]]);
    expect(await store.digests(['b', 'absent'])).toEqual(new Map([['b', 'digest of b']]));
    expect((await store.get(['a'])).get('a')).toEqual(entry('a', Float32Array.of(0.5, 0.25, 1, 0)));
    expect(await store.maxSim!(query, ['a', 'b', 'absent'])).toEqual(
      new Map([
        ['a', { digest: 'digest of a', maxSim: 1.25, tokensCut: 4 }],
        ['b', { digest: 'digest of b', maxSim: 0, tokensCut: 4 }],
      ]),
    );
    const again = qdrantTokenVectors({ client, collection: 'tokens' });
    await again.put([entry('c', Float32Array.of(1, 1))]);
    expect(points.size).toBe(3);
    await again.close?.();
    await expect(again.get(['a'])).rejects.toMatchObject({ code: 'closed' });
  } finally {
    await server.close();
  }
});

test('points of somebody else are refused', async () => {
  const { server, client, points } = await doubleOfQdrant();
  try {
    const store = qdrantTokenVectors({ client, collection: 'tokens' });
    await store.put([entry('a', Float32Array.of(1, 0))]);
    points.set(pointId('a'), { id: pointId('a'), vector: [], payload: { text: 'a passage' } });
    for (const read of [() => store.get(['a']), () => store.maxSim!(query, ['a'])]) {
      await expect(read()).rejects.toMatchObject({ code: 'source-failed' });
    }
  } finally {
    await server.close();
  }
});

test('a client or a name that is none is refused', () => {
  expect(() => qdrantTokenVectors({ client: {} as never, collection: 'tokens' })).toThrow('client');
  expect(() => qdrantTokenVectors({ client: {} as never, collection: '' })).toThrow('collection');
});
