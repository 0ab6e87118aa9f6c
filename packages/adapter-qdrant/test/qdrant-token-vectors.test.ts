import { expect, test } from '@jest/globals';
import type { StoredTokenVectors } from '@secondpass/core/extend';
import { refusesWrongTokenVectors } from '../../core/test/retrieval/refuses-wrong-token-vectors.ts';
import { qdrantTokenVectors } from '../src/index.ts';
import { pointId } from '../src/point-id.ts';
import { doubleOfQdrant } from './qdrant-double.ts';

const entry = (id: string, values: Float32Array | Int8Array, scale = 1): StoredTokenVectors => ({
  id,
  digest: `digest of ${id}`,
  vectors: { dimensions: 2, values, scale, tokensCut: 4 },
});
const query = { dimensions: 2, values: Float32Array.of(1, 0, 0, 1), scale: 1, tokensCut: 0 };

test('stores, reads and scores multivectors over the official client', async () => {
  const { server, client, points, created } = await doubleOfQdrant();
  try {
    const store = qdrantTokenVectors({ client, collection: 'double' });
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
    const again = qdrantTokenVectors({ client, collection: 'double' });
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
    const store = qdrantTokenVectors({ client, collection: 'double' });
    await store.put([entry('a', Float32Array.of(1, 0))]);
    points.set(pointId('a'), { id: pointId('a'), vector: [], payload: { text: 'a passage' } });
    for (const read of [() => store.get(['a']), () => store.maxSim!(query, ['a'])]) {
      await expect(read()).rejects.toMatchObject({ code: 'source-failed' });
    }
  } finally {
    await server.close();
  }
});

test('20 passages of 512 tokens are sent in requests that Qdrant takes, with the digits that a float32 has', async () => {
  const { server, client, points, requests } = await doubleOfQdrant();
  try {
    const store = qdrantTokenVectors({ client, collection: 'double' });
    const values = Float32Array.from({ length: 512 * 128 }, (_, index) => Math.sin(index) / 7);
    const passages = Array.from({ length: 20 }, (_, index) => ({
      ...entry(`${index}`, values),
      vectors: { dimensions: 128, values, scale: 1, tokensCut: 0 },
    }));
    await store.put(passages);
    expect(points.size).toBe(20);
    const sent = requests.filter(({ path, method }) => path.endsWith('/points') && method === 'PUT');
    expect(sent.length).toBeGreaterThan(1);
    expect(Math.max(...sent.map(({ bytes }) => bytes))).toBeLessThan(9_000_000);
    const perNumber = sent.reduce((sum, { bytes }) => sum + bytes, 0) / (20 * values.length);
    expect(perNumber).toBeLessThan(13);
    expect((await store.get(['19'])).get('19')!.vectors.values).toEqual(values);
  } finally {
    await server.close();
  }
}, 300_000);

test('a client or a name that is none is refused', () => {
  expect(() => qdrantTokenVectors({ client: {} as never, collection: 'double' })).toThrow('client');
  expect(() => qdrantTokenVectors({ client: {} as never, collection: '' })).toThrow('collection');
});

test('wrong input is refused by name, and nothing of the call is stored', async () => {
  const { server, client } = await doubleOfQdrant();
  await using _ = { [Symbol.asyncDispose]: () => server.close().then(() => {}) };
  await refusesWrongTokenVectors(qdrantTokenVectors({ client, collection: 'wrong' }));
});
