import { beforeAll, expect, test } from '@jest/globals';
import { qdrantSource, qdrantWriter } from '@secondpass/adapter-qdrant';
import type { Filter, StoredDocument } from '@secondpass/core';
import { describeQdrant } from './engines.ts';

const tenants = ['acme', 'globex', "x' OR 1=1", '*', '{"match":{"any":[]}}', '東京'];
const documents: StoredDocument[] = tenants.flatMap((tenant, index) =>
  [0, 1, 2].map((number) => ({
    id: `${tenant} ${number}`,
    text: `Secret ${number} of ${tenant}`,
    vector: Float32Array.of(1, index, number),
    payload: { owner: { id: tenant }, number },
    digest: 'd',
  })),
);
const query = { text: 'secret', vector: Float32Array.of(1, 1, 1) };
const elsewhere = { key: 'payload.owner.id', match: { value: 'globex' } };

/** Filters that try to see more than their tenant may. */
const hostile: readonly Filter[] = [
  { field: 'owner.id', ne: 'acme' },
  {
    or: [
      { field: 'owner.id', exists: true },
      { field: 'owner.id', exists: false },
    ],
  },
  { not: { field: 'owner.id', eq: 'acme' } },
  { field: 'owner.id', in: tenants },
  { native: elsewhere },
  { native: { should: [elsewhere, { must_not: [elsewhere] }] } },
  { native: { must_not: [{ key: 'payload.owner.id', match: { value: 'acme' } }] } },
  { native: { must: [], should: [{ is_empty: { key: 'nowhere' } }] } },
  { native: { min_should: { conditions: [{ is_empty: { key: 'nowhere' } }], min_count: 1 } } },
  { not: { native: { must: [{ key: 'payload.number', range: { lt: -1 } }] } } },
  { native: { has_id: Array.from({ length: 50 }, (_, id) => id) } },
  { native: JSON.parse('{"__proto__": {"must": []}, "must": []}') },
];

describeQdrant(({ collections }) => {
  const { client } = collections;
  const options = { client, collection: collections.next(), tenantField: 'owner.id' } as const;

  beforeAll(async () => {
    const writer = qdrantWriter({ ...options, lexical: true });
    await writer.prepare({ dimensions: 3 });
    await writer.write(documents);
    await writer.finish();
  });

  test.each(['vector', 'text'] as const)(
    'each tenant sees its own passages and no others: %s',
    async (match) => {
      const source = qdrantSource({ ...options, match });
      for (const tenant of tenants) {
        const found = await source.search({ query, depth: 100, tenant });
        expect(found.map(({ id }) => id).sort()).toEqual([0, 1, 2].map((number) => `${tenant} ${number}`));
      }
      expect(await source.search({ query, depth: 100, tenant: 'nobody' })).toEqual([]);
      expect(await source.search({ query, depth: 100, tenant: 'ACME' })).toEqual([]);
    },
  );

  test.each(hostile)('no filter widens it: %j', async (filter) => {
    for (const match of ['vector', 'text'] as const) {
      const search = qdrantSource({ ...options, match }).search({
        query,
        depth: 100,
        tenant: 'acme',
        filter,
      });
      const found = await search.catch((error: unknown) => error);
      if (Array.isArray(found)) expect(found.every(({ id }) => id.startsWith('acme '))).toBe(true);
      else expect(found).toMatchObject({ code: 'invalid-filter' });
    }
  });

  test('a search without a tenant, and one that knows of none, are refused', async () => {
    const { tenantField: _, ...open } = options;
    await expect(qdrantSource(options).search({ query, depth: 1 })).rejects.toMatchObject({
      code: 'invalid-options',
    });
    await expect(qdrantSource(open).search({ query, depth: 1 })).rejects.toMatchObject({
      code: 'invalid-options',
    });
    const other = qdrantSource({ ...open, tenantField: 'number' });
    await expect(other.search({ query, depth: 1, tenant: 'acme' })).rejects.toMatchObject({
      code: 'invalid-options',
    });
  });

  test('a document without a tenant is not stored, and none of its batch', async () => {
    const writer = qdrantWriter({ ...options, lexical: true });
    const stray = { ...documents[0]!, id: 'stray' };
    const batch = [stray, { ...stray, id: 'other', payload: { owner: { id: '' } } }];
    await expect(writer.write(batch)).rejects.toMatchObject({ code: 'invalid-document' });
    expect(await writer.count()).toBe(documents.length);
  });

  test('the field has an index that Qdrant sorts tenants by', async () => {
    const { payload_schema } = await client.getCollection(options.collection);
    expect(Object.keys(payload_schema).map((key) => key.replaceAll('"', ''))).toContain('payload.owner.id');
  });
});
