import { beforeAll, expect, test } from '@jest/globals';
import { type QdrantSourceOptions, qdrantSource, qdrantWriter } from '@secondpass/adapter-qdrant';
import { describeQdrant } from './engines.ts';

const query = { text: 'any', vector: Float32Array.of(1, 0, 0) };
const uuid = '0c1d7e3a-5b8f-4c56-9f0e-2f7f3b0f9a11';

describeQdrant(({ collections }) => {
  const { client } = collections;
  const collection = collections.next();
  const flat = { textField: 'page_content', payloadField: null, vectorName: 'image' } as const;

  beforeAll(async () => {
    await client.createCollection(collection, {
      vectors: { image: { size: 3, distance: 'Euclid' }, caption: { size: 2, distance: 'Dot' } },
    });
    await client.upsert(collection, {
      points: [
        {
          id: 7,
          vector: { image: [1, 0, 0], caption: [1, 0] },
          payload: { page_content: 'First.', metadata: { lang: 'en' }, year: 2020, published: '2024-03-01' },
        },
        { id: uuid, vector: { image: [0, 0, 0] }, payload: { page_content: 'Second.', year: 2021 } },
        { id: 9_007_199_254_740_991, vector: { image: [0, 3, 4] }, payload: { page_content: 'Third.' } },
        { id: 8, vector: { caption: [0, 1] }, payload: { page_content: 'Not of an image.' } },
      ],
    });
  });

  const search = (options: Partial<QdrantSourceOptions> = {}, request = {}) =>
    qdrantSource({ client, collection, ...flat, ...options }).search({ query, depth: 10, ...request });

  test('is searched with its own ids, fields and vectors', async () => {
    expect(await search()).toEqual([
      {
        id: '7',
        text: 'First.',
        score: 0,
        rank: 1,
        payload: { metadata: { lang: 'en' }, year: 2020, published: '2024-03-01' },
      },
      { id: uuid, text: 'Second.', score: -1, rank: 2, payload: { year: 2021 } },
      { id: '9007199254740991', text: 'Third.', score: expect.closeTo(-Math.hypot(1, 3, 4), 5), rank: 3 },
    ]);
  });

  test('is searched by another of its vectors, and with the payload in an object', async () => {
    const caption = { text: 'any', vector: Float32Array.of(0, 2) };
    const found = await search({ vectorName: 'caption', payloadField: 'metadata' }, { query: caption });
    expect(found.map(({ id, score, payload }) => [id, score, payload])).toEqual([
      ['8', 2, undefined],
      ['7', 0, { lang: 'en' }],
    ]);
  });

  test('is filtered by its fields; strings are not compared, and Qdrant’s own words reach it', async () => {
    expect((await search({}, { filter: { field: 'year', gte: 2021 } })).map(({ id }) => id)).toEqual([uuid]);
    expect((await search({}, { filter: { field: 'metadata.lang', eq: 'en' } })).map(({ id }) => id)).toEqual([
      '7',
    ]);
    expect((await search({}, { filter: { field: 'year', exists: false } })).map(({ id }) => id)).toEqual([
      '9007199254740991',
    ]);
    const dates = search({}, { filter: { field: 'published', gt: '2024' } });
    await expect(dates).rejects.toMatchObject({
      code: 'invalid-filter',
      problem: expect.stringContaining('gt'),
    });
    const native = { key: 'published', range: { gte: '2024-01-01T00:00:00Z' } };
    expect((await search({}, { filter: { native } })).map(({ id }) => id)).toEqual(['7']);
  });

  test('a native filter that Qdrant cannot read is invalid-filter', async () => {
    for (const native of [
      { field: 'year' },
      { must: [{ key: 'year' }] },
      { key: 'a"b', match: { value: 1 } },
    ]) {
      await expect(search({}, { filter: { native } })).rejects.toMatchObject({ code: 'invalid-filter' });
    }
  });

  test('a key that Qdrant does not know in a native range is ignored, so that any number will do', async () => {
    const native = { key: 'year', range: { over: 1 } };
    expect((await search({}, { filter: { native } })).map(({ id }) => id).sort()).toEqual([uuid, '7'].sort());
  });

  test('what it does not have is named', async () => {
    await expect(search({ vectorName: '' })).rejects.toMatchObject({
      code: 'source-not-found',
      problem: expect.stringContaining('"caption", "image"'),
    });
    await expect(search({ textField: 'body' })).rejects.toMatchObject({
      code: 'source-failed',
      problem: expect.stringContaining('"7"'),
    });
    await expect(search({ match: 'text' })).rejects.toMatchObject({ code: 'source-not-found' });
  });

  test('is not written to', async () => {
    const writer = qdrantWriter({ client, collection, vectorName: 'image', metric: 'l2' });
    const document = { id: 'x', text: 'x', vector: Float32Array.of(1, 0, 0), digest: 'd' };
    await expect(writer.prepare({ dimensions: 3 })).rejects.toMatchObject({ code: 'invalid-options' });
    await expect(writer.write([document])).rejects.toMatchObject({ code: 'invalid-options' });
    await expect(writer.finish()).rejects.toMatchObject({ code: 'invalid-options' });
    expect(await writer.delete(['7', 'x'])).toBe(0);
    expect(await writer.count()).toBe(4);
  });
});
