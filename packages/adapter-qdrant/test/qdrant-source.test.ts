import { describe, expect, test } from '@jest/globals';
import { type QdrantSourceOptions, qdrantSource } from '../src/index.ts';
import { clientOf } from './collection.ts';

const query = { text: 'bread', vector: Float32Array.of(1, 0) };
const marker = {
  layout: 1,
  whole: true,
  textField: 'text',
  payloadField: 'payload',
  tenantField: null,
  stringOrder: true,
  lexical: null,
};

function searched(changes: object = {}, options: Partial<QdrantSourceOptions> = {}) {
  const {
    points = [],
    vectors = { size: 2, distance: 'Cosine' },
    ...noted
  } = { ...changes } as Record<string, unknown>;
  const requests: Readonly<Record<string, unknown>>[] = [];
  let inspections = 0;
  const metadata = noted['foreign'] ? {} : { secondpass: { ...marker, ...noted } };
  const client = clientOf({
    async getCollection() {
      inspections += 1;
      return { data: { result: { status: 'green', config: { params: { vectors }, metadata } } } };
    },
    async queryPoints(request) {
      requests.push(request);
      return { data: { result: { points } } };
    },
  });
  const source = qdrantSource({ client, collection: 'articles', ...options });
  return { source, requests, inspections: () => inspections };
}

describe('tenants', () => {
  test('a tenant must be named, and must not where there are none', async () => {
    const { source, requests } = searched({ tenantField: 'owner' }, { tenantField: 'owner' });
    for (const tenant of [undefined, '', '\uD800', 5 as unknown as string]) {
      const search = source.search({ query, depth: 1, ...(tenant !== undefined && { tenant }) });
      await expect(search).rejects.toMatchObject({ code: 'invalid-options' });
    }
    await expect(searched().source.search({ query, depth: 1, tenant: 'acme' })).rejects.toMatchObject({
      code: 'invalid-options',
    });
    expect(requests).toEqual([]);
    await source.search({ query, depth: 1, tenant: 'acme' });
    expect(requests).toHaveLength(2);
    for (const request of requests) {
      expect(request['filter']).toEqual({ must: [{ key: '"payload"."owner"', match: { value: 'acme' } }] });
    }
  });

  test('a collection that was filled with tenants is not searched without them', async () => {
    const { source, requests } = searched({ tenantField: 'owner' });
    await expect(source.search({ query, depth: 1 })).rejects.toMatchObject({
      code: 'invalid-options',
      problem: expect.stringContaining('tenantField is null and articles was filled with "owner"'),
    });
    expect(requests).toEqual([]);
  });
});

test('the collection is looked at once, and again after a failure', async () => {
  const { source, inspections } = searched();
  await source.search({ query, depth: 1 });
  await source.search({ query, depth: 1 });
  expect(inspections()).toBe(1);
  await expect(
    source.search({ query: { ...query, vector: Float32Array.of(1) }, depth: 1 }),
  ).rejects.toMatchObject({ code: 'dimension-mismatch' });
  await source.search({ query, depth: 1 });
  expect(inspections()).toBe(2);
});

test('an answer with too few is checked by an exact search, once', async () => {
  const { source, requests } = searched();
  await source.search({ query, depth: 5 });
  expect(requests.map(({ params }) => params)).toEqual([undefined, { exact: true }]);
  const exact = searched({}, { exact: true });
  await exact.source.search({ query, depth: 5 });
  expect(exact.requests).toHaveLength(1);
});

test('in a collection of others a short answer is accepted and told, unless the caller wants it checked', async () => {
  const told: string[] = [];
  const onDegraded = ({ reason }: { readonly reason: string }) => void told.push(reason);
  const foreign = searched({ foreign: true });
  await foreign.source.search({ query, depth: 5, onDegraded });
  expect(foreign.requests).toHaveLength(1);
  expect(told).toEqual([expect.stringContaining('qdrant:articles: the index found 0 of 5 candidates')]);
  const checked = searched({ foreign: true }, { whenShort: 'exact' });
  await checked.source.search({ query, depth: 5, onDegraded });
  expect(checked.requests).toHaveLength(2);
  const accepted = searched({}, { whenShort: 'accept' });
  await accepted.source.search({ query, depth: 5, onDegraded });
  expect(accepted.requests).toHaveLength(1);
  expect(told).toHaveLength(2);
});

describe('a collection that cannot be searched so is refused', () => {
  test.each([
    ['source-incomplete', { whole: false }, {}],
    ['source-not-found', { vectors: { dense: { size: 2, distance: 'Cosine' } } }, {}],
    ['source-not-found', {}, { match: 'text' }],
    ['invalid-options', { vectors: { size: 2, distance: 'Manhattan' } }, {}],
    ['invalid-options', {}, { textField: 'body' }],
    ['invalid-options', {}, { payloadField: 'metadata' }],
    ['invalid-options', {}, { tenantField: 'owner' }],
  ] as const)('%s: %j %j', async (code, changes, options) => {
    const { source } = searched(changes, options);
    const tenant = 'tenantField' in options ? { tenant: 'acme' } : {};
    await expect(source.search({ query, depth: 1, ...tenant })).rejects.toMatchObject({ code });
  });

  test('a vector without direction, by cosine only', async () => {
    const zero = { text: 'any', vector: Float32Array.of(0, 0) };
    await expect(searched().source.search({ query: zero, depth: 1 })).rejects.toMatchObject({
      code: 'invalid-query',
    });
    const { source } = searched({ vectors: { size: 2, distance: 'Dot' } });
    expect(await source.search({ query: zero, depth: 1 })).toEqual([]);
  });
});

test('strings cannot be compared in a collection of others', async () => {
  const { source } = searched({ foreign: true });
  const search = source.search({ query, depth: 1, filter: { field: 'published', gte: '2024' } });
  await expect(search).rejects.toMatchObject({
    code: 'invalid-filter',
    problem: expect.stringContaining('gte'),
  });
});
