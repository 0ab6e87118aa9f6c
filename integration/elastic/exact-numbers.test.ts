import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { elasticReader, elasticSource, keepIntegers } from '@secondpass/adapter-elastic';
import type { Filter } from '@secondpass/core';
import { queries } from '@secondpass/core/testing';
import { describeEngine } from '../engines.ts';
import { startElastic } from '../services/elastic.ts';
import { openTestIndices, type TestIndices } from './test-indices.ts';

const engine = await startElastic(['9', '8']);
const query = queries[0];
const fields = { text: 'text', vector: 'embedding', payload: null };
const post = 1_784_530_912_236_650_497n;
/** Three share a float64. */
const posts = [post, post + 3n, post + 6n, 7n, 2n ** 63n - 1n];

describeEngine('elastic', engine, ({ url, version, stop }) => {
  let careless: TestIndices;
  let exact: TestIndices;
  let index: string;

  beforeAll(async () => {
    careless = openTestIndices({ url, version });
    exact = openTestIndices({ url, version });
    keepIntegers(exact.client);
    index = careless.next();
    await careless.client.indices.create({
      index,
      mappings: {
        properties: {
          text: { type: 'text' },
          embedding: { type: 'dense_vector', dims: 4, similarity: 'cosine' },
          post: { type: 'long' },
          size: { type: 'double' },
        },
      },
    });
    await careless.client.bulk({
      index,
      refresh: true,
      operations: posts.flatMap((value, id) => [
        { index: { _id: `${id}` } },
        // As text, so that no client has a part in it.
        `{"text":"A post.","embedding":[1,0,0,${id}],"post":${value},"size":${value},"deep":{"list":[${value}]}}`,
      ]) as never[],
    });
  });

  afterAll(async () => {
    await careless.drop();
    await exact.drop();
    await stop();
  });

  const found = async (indices: TestIndices, filter: Filter) => {
    const source = elasticSource({ client: indices.client, index, fields, whenShort: 'exact' });
    return (await source.search({ query, depth: 10, filter })).map(({ id }) => id).sort();
  };

  test('a client that keeps integers reads them in payloads, also for migrating', async () => {
    const source = elasticSource({ client: exact.client, index, fields });
    const candidates = await source.search({ query, depth: 10 });
    expect(new Map(candidates.map(({ id, payload }) => [id, payload]))).toEqual(
      new Map(
        posts.map((value, id) => {
          const read = value === 7n ? 7 : value;
          return [`${id}`, { post: read, size: read, deep: { list: [read] } }];
        }),
      ),
    );
    const read = [];
    for await (const batch of elasticReader({ client: exact.client, index, fields }).read())
      read.push(...batch);
    expect(read.find(({ id }) => id === '0')!.payload).toMatchObject({ post, deep: { list: [post] } });
  });

  test('filters find the very integer, with any client', async () => {
    for (const indices of [careless, exact]) {
      const field = 'post';
      for (const [id, value] of posts.entries()) {
        expect(await found(indices, { field, eq: value })).toEqual([`${id}`]);
      }
      expect(await found(indices, { field, in: [7, post + 3n] })).toEqual(['1', '3']);
      expect(await found(indices, { field, ne: post })).toEqual(['1', '2', '3', '4']);
      expect(await found(indices, { field, gt: post, lte: post + 6n })).toEqual(['1', '2']);
      expect(await found(indices, { field, gte: 2n ** 63n })).toEqual([]);
      expect(await found(indices, { field, lt: 2n ** 63n })).toEqual(['0', '1', '2', '3', '4']);
      expect(await found(indices, { field, gt: -(2n ** 60n) })).toEqual(['0', '1', '2', '3', '4']);
      await expect(found(indices, { field: 'size', eq: post })).rejects.toMatchObject({
        code: 'invalid-filter',
      });
    }
  });
});
