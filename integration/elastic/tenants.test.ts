import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { elasticSource, elasticWriter } from '@secondpass/adapter-elastic';
import type { Candidate, CandidateRequest, Filter } from '@secondpass/core';
import { corpus, queries } from '@secondpass/core/testing';
import { describeEngine } from '../engines.ts';
import { startElastic } from '../services/elastic.ts';
import { openTestIndices, type TestIndices } from './test-indices.ts';

const engine = await startElastic(['9', '8']);
const query = queries[0];
const documents = corpus.map(({ payload, ...document }, index) => ({
  ...document,
  payload: { ...payload, owner: { name: index % 2 === 0 ? 'acme' : 'globex' } },
  digest: 'any',
}));

describeEngine('elastic', engine, ({ url, version, stop }) => {
  let indices: TestIndices;
  let index: string;
  const tenantField = 'owner.name';

  beforeAll(async () => {
    indices = openTestIndices({ url, version });
    ({ index } = await indices.filled(documents, { tenantField }));
  });

  afterAll(async () => {
    await indices.drop();
    await stop();
  });

  const search = (request: Partial<CandidateRequest>, more = {}) =>
    elasticSource({ client: indices.client, index, tenantField, ...more }).search({
      query,
      depth: 12,
      ...request,
    });
  const refused = { code: 'invalid-options' };

  test('a search sees the passages of its tenant', async () => {
    for (const options of [{}, { search: 'exact' }, { match: 'text' }]) {
      for (const tenant of ['acme', 'globex']) {
        const text = documents.map((document) => document.text).join(' ');
        const candidates = await search({ tenant, query: { ...query, text } }, options);
        expect(candidates).toHaveLength(6);
        expect(candidates.every(({ payload }) => ownerOf(payload) === tenant)).toBe(true);
      }
    }
    expect(await search({ tenant: 'nobody' })).toEqual([]);
  });

  test('no filter widens that', async () => {
    const filters: readonly Filter[] = [
      { native: { match_all: {} } },
      { native: { bool: { should: [{ match_all: {} }], minimum_should_match: 0 } } },
      { native: { bool: { must_not: [{ term: { 'secondpass.filter': 'owner.name\0sacme' } }] } } },
      { native: { constant_score: { filter: { match_all: {} }, boost: 1000 } } },
      { native: { terms: { _index: ['*'] } } },
      { native: { query_string: { query: '(*) OR (*:*)' } } },
      { native: { ids: { values: documents.map(({ id }) => id) } } },
      { not: { field: 'owner.name', eq: 'acme' } },
      { or: [{ native: { match_all: {} } }, { field: 'owner.name', eq: 'globex' }] },
      { field: 'owner.name', in: ['acme', 'globex'] },
    ];
    for (const filter of filters) {
      for (const options of [{}, { search: 'exact' }, { match: 'text' }]) {
        const found = await search({ tenant: 'acme', filter }, options);
        expect(found.filter(({ payload }) => ownerOf(payload) !== 'acme')).toEqual([]);
      }
    }
  });

  test('what is more than one clause, or none, is refused', async () => {
    const filters = [
      { match_all: {}, filter: [] },
      [{ match_all: {} }],
      '}] , "should": [{"match_all": {}}',
      null,
      {},
    ];
    for (const native of filters)
      await expect(search({ tenant: 'acme', filter: { native } })).rejects.toMatchObject({
        code: 'invalid-filter',
      });
    const unknown = { native: { no_such_query: {} } };
    await expect(search({ tenant: 'acme', filter: unknown })).rejects.toMatchObject({
      code: 'invalid-filter',
    });
  });

  test('a search without a tenant, or with an unusable one, is refused', async () => {
    await expect(search({})).rejects.toMatchObject(refused);
    for (const tenant of ['', 'a\0b', '\uD800', 7, ['acme'], { ne: 'acme' }]) {
      await expect(search({ tenant: tenant as string })).rejects.toMatchObject(refused);
    }
  });

  test('a source that does not know of the tenants is refused', async () => {
    for (const other of [undefined, 'owner', 'subject']) {
      const open = elasticSource({
        client: indices.client,
        index,
        ...(other !== undefined && { tenantField: other }),
      });
      const request = { query, depth: 12, ...(other !== undefined && { tenant: 'sea' }) };
      await expect(open.search(request)).rejects.toMatchObject(refused);
    }
    await expect(
      elasticWriter({ client: indices.client, index }).prepare({ dimensions: 4 }),
    ).rejects.toMatchObject(refused);
  });

  test('where documents are routed by tenant, one shard is asked, and finds them all', async () => {
    const { client } = indices;
    const routed = indices.next();
    await client.indices.create({
      index: routed,
      settings: { number_of_shards: 4 },
      mappings: {
        properties: {
          text: { type: 'text' },
          owner: { type: 'keyword' },
          vector: { type: 'dense_vector', dims: 4, similarity: 'cosine' },
        },
      },
    });
    const owners = ['acme', 'globex', "a' OR 1=1", '東京', ' ', 'x=1&routing=acme'];
    await client.bulk({
      index: routed,
      refresh: true,
      operations: owners.flatMap((owner) =>
        documents.flatMap(({ id, text, vector }) => [
          { index: { _id: `${owner}/${id}`, routing: owner } },
          { text, owner, vector: [...vector] },
        ]),
      ),
    });
    const options = {
      client,
      index: routed,
      fields: { payload: null },
      tenantField: 'owner',
      routing: 'tenant',
    } as const;
    const source = elasticSource(options);
    for (const tenant of owners) {
      const found = await source.search({ query, depth: 100, tenant });
      expect(found.map(({ id }) => id).sort()).toEqual(documents.map(({ id }) => `${tenant}/${id}`).sort());
      const ids = owners.map((owner) => `${owner}/${documents[0]!.id}`);
      expect((await source.fetch!({ ids, tenant })).map(({ id }) => id)).toEqual([
        `${tenant}/${documents[0]!.id}`,
      ]);
    }
    await expect(source.search({ query, depth: 1, tenant: 'acme,globex' })).rejects.toMatchObject(refused);
    const own = elasticSource({ client, index, tenantField, routing: 'tenant' });
    await expect(own.search({ query, depth: 1, tenant: 'acme' })).rejects.toMatchObject(refused);
    expect(() => elasticSource({ client, index, routing: 'tenant' })).toThrow(/tenantField/);
  });

  test('a document that says not whose it is is not written', async () => {
    const { writer } = indices.open(index, { tenantField });
    for (const payload of [
      undefined,
      {},
      { owner: 'acme' },
      { owner: { name: '' } },
      { owner: { name: ['acme'] } },
      { 'owner.name': 'acme' },
    ]) {
      const write = writer.write([
        { ...documents[0]!, id: 'new', ...(payload ? { payload } : { payload: {} }) },
      ]);
      await expect(write).rejects.toMatchObject({ code: 'invalid-document' });
    }
    expect(await writer.count()).toBe(12);
  });
});

function ownerOf(payload: Candidate['payload']): string | undefined {
  return (payload?.['owner'] as { name: string } | undefined)?.name;
}
