import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { elasticSource, elasticWriter } from '@secondpass/adapter-elastic';
import type { Filter } from '@secondpass/core';
import { queries } from '@secondpass/core/testing';
import { describeEngine } from '../engines.ts';
import { startElastic } from '../services/elastic.ts';
import { openTestIndices, type TestIndices } from './test-indices.ts';

const engine = await startElastic(['9', '8']);
const query = queries[0];
const fields = { text: 'body.content', vector: 'embedding', payload: null };

const articles = [
  {
    body: { content: 'Yeast makes gas.' },
    embedding: [1, 0, 0, 0],
    lang: 'en',
    year: 2024,
    open: true,
    title: 'Bread',
    seen: '2024-03-01',
    meta: { source: 'a' },
  },
  {
    'body.content': 'Salz bremst die Hefe.',
    embedding: [0.9, 0.1, 0, 0],
    lang: 'de',
    year: 2020,
    open: false,
    title: 'Brot',
    tags: ['salt', 'yeast'],
  },
  {
    body: { content: 'Tides follow the moon.' },
    embedding: [0, 1, 0, 0],
    lang: ['en', 'fr'],
    year: 2022,
    title: 'Tides',
  },
];

describeEngine('elastic', engine, ({ url, version, stop }) => {
  let indices: TestIndices;
  let index: string;

  beforeAll(async () => {
    indices = openTestIndices({ url, version });
    index = indices.next();
    const { client } = indices;
    await client.indices.create({
      index,
      mappings: {
        properties: {
          body: { properties: { content: { type: 'text' } } },
          embedding: { type: 'dense_vector', dims: 4, similarity: 'cosine' },
          lang: { type: 'keyword' },
          year: { type: 'integer' },
          open: { type: 'boolean' },
          title: { type: 'text' },
          seen: { type: 'date' },
          tags: { type: 'text', fields: { raw: { type: 'keyword' } } },
        },
      },
    });
    await client.bulk({
      index,
      refresh: true,
      operations: articles.flatMap((article, id) => [{ index: { _id: `${id}` } }, article]),
    });
  });

  afterAll(async () => {
    await indices.drop();
    await stop();
  });

  const source = (more = {}) => elasticSource({ client: indices.client, index, fields, ...more });
  const ids = async (filter: Filter, more = {}) => {
    const candidates = await source(more).search({
      query,
      depth: 10,
      filter,
      ...(more && 'tenantField' in more && { tenant: 'en' }),
    });
    return candidates.map(({ id }) => id).join();
  };

  test('is searched as it is: nested text, dotted text, the other fields as payload', async () => {
    const candidates = await source().search({ query, depth: 10 });
    expect(candidates.map(({ id, text }) => [id, text])).toEqual([
      ['0', 'Yeast makes gas.'],
      ['1', 'Salz bremst die Hefe.'],
      ['2', 'Tides follow the moon.'],
    ]);
    expect(candidates[2]!.payload).toMatchObject({ lang: ['en', 'fr'], year: 2022, title: 'Tides' });
    expect(candidates[2]!.payload).not.toHaveProperty('embedding');
    const [nested] = await source({ fields: { ...fields, payload: 'meta' } }).search({ query, depth: 1 });
    expect(nested!.payload).toEqual({ source: 'a' });
  });

  test('portable filters ask the fields of its mapping', async () => {
    expect(await ids({ field: 'lang', eq: 'en' })).toBe('0,2');
    expect(await ids({ field: 'lang', ne: 'en' })).toBe('1');
    expect(await ids({ field: 'lang', in: ['de', 'fr', 7] })).toBe('1,2');
    expect(await ids({ field: 'year', gte: 2022 })).toBe('0,2');
    expect(await ids({ field: 'year', eq: '2022' })).toBe('');
    expect(await ids({ field: 'year', lt: '2030' })).toBe('');
    expect(await ids({ field: 'open', eq: false })).toBe('1');
    expect(await ids({ field: 'open', exists: false })).toBe('2');
    expect(await ids({ field: 'tags', eq: 'salt' })).toBe('1');
    expect(await ids({ field: 'seen', gte: '2024-01-01' })).toBe('0');
    expect(await ids({ field: 'nowhere', eq: 'x' })).toBe('');
    expect(await ids({ field: 'nowhere', ne: 'x' })).toBe('0,1,2');
    expect(await ids({ field: 'body.nowhere', exists: true })).toBe('');
    expect(await ids({ field: 'year', exists: true }, { match: 'vector', search: 'exact' })).toBe('0,1,2');
    await expect(ids({ field: 'title', eq: 'Bread' })).rejects.toMatchObject({ code: 'invalid-filter' });
  });

  test('a tenant is a term of the mapping', async () => {
    expect(await ids({ native: { match_all: {} } }, { tenantField: 'lang' })).toBe('0,2');
  });

  test('a text search of it', async () => {
    const candidates = await source({ match: 'text' }).search({ query: { text: 'moon' }, depth: 10 });
    expect(candidates.map(({ id }) => id)).toEqual(['2']);
  });

  test('is not written to', async () => {
    const writer = elasticWriter({ client: indices.client, index });
    await expect(writer.prepare({ dimensions: 4 })).rejects.toMatchObject({ code: 'invalid-options' });
    const document = { id: '0', text: 'Mine.', vector: query.vector, digest: 'any' };
    await expect(writer.write([document])).rejects.toMatchObject({ code: 'invalid-options' });
    await expect(writer.delete(['0'])).rejects.toMatchObject({ code: 'invalid-options' });
    expect(await source().search({ query, depth: 10 })).toHaveLength(3);
  });

  test('fields that are not there are named', async () => {
    for (const [key, field] of [
      ['text', 'nowhere'],
      ['vector', 'lang'],
      ['vector', 'nowhere'],
    ] as const) {
      const search = source({ fields: { ...fields, [key]: field } }).search({ query, depth: 1 });
      await expect(search).rejects.toMatchObject({
        code: 'source-not-found',
        message: expect.stringContaining(`"${field}"`),
      });
    }
  });

  test('an alias of one index is fine, of two is not', async () => {
    const { client } = indices;
    const alias = `${index}-alias`;
    await client.indices.putAlias({ index, name: alias });
    const searched = elasticSource({ client, index: alias, fields });
    expect(await searched.search({ query, depth: 10 })).toHaveLength(3);
    const other = indices.next();
    await client.indices.create({ index: other, aliases: { [alias]: {} } });
    const both = elasticSource({ client, index: alias, fields });
    await expect(both.search({ query, depth: 10 })).rejects.toMatchObject({ code: 'invalid-options' });
  });
});
