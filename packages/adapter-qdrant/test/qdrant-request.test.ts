import { describe, expect, test } from '@jest/globals';
import { checkQueryVector, searchRequest } from '../src/qdrant-request.ts';
import { collection, collectionOf } from './collection.ts';

const target = { payloadField: 'payload', ours: true, stringOrder: true, name: 'qdrant:articles' };
const query = { text: 'Bread, bread!', vector: Float32Array.of(1, 0.5) };

describe('by vector', () => {
  test('the least that can be asked', () => {
    expect(searchRequest({ collection, target, query, depth: 7 })).toEqual({
      query: [1, 0.5],
      limit: 7,
      timeout: 11,
      with_vector: false,
      with_payload: { include: ['"text"', '"payload"', '"secondpass"."id"', '"secondpass"."json"'] },
    });
  });

  test('with everything', () => {
    const named = collectionOf({ vectorName: 'dense', requestTimeoutMs: 1 });
    const plan = { collection: named, target, query, depth: 7, efSearch: 99, oversampling: 2 };
    expect(searchRequest(plan)).toMatchObject({
      using: 'dense',
      timeout: 2,
      params: { hnsw_ef: 99, quantization: { rescore: true, oversampling: 2 } },
    });
    expect(searchRequest({ ...plan, exact: true })?.['params']).toEqual({ hnsw_ef: 99, exact: true });
  });

  test('a payload at the top level comes whole, but for what the writer keeps', () => {
    const flat = { ...collection, payloadField: null };
    expect(searchRequest({ collection: flat, target, query, depth: 1 })).toMatchObject({
      with_payload: { exclude: ['"secondpass"."order"', '"secondpass"."digest"'] },
    });
  });
});

describe('by text', () => {
  test('each term once, on the sparse vector', () => {
    const request = searchRequest({ collection, target, match: 'text', query, depth: 7, exact: true });
    expect(request).toMatchObject({ query: { indices: [expect.any(Number)], values: [1] }, using: 'text' });
    expect(request).not.toHaveProperty('params');
  });

  test('nothing where there are no terms', () => {
    expect(
      searchRequest({ collection, target, match: 'text', query: { text: '…' }, depth: 7 }),
    ).toBeUndefined();
  });
});

test('the tenant stands beside the filter, whatever the filter is', () => {
  const shared = collectionOf({ tenantField: 'owner.id' });
  const ask = (filter?: Parameters<typeof searchRequest>[0]['filter']) =>
    searchRequest({ collection: shared, target, query, depth: 1, tenant: 'acme', filter });
  const owner = { key: '"payload"."owner"."id"', match: { value: 'acme' } };
  const hostile = {
    should: [{ must_not: [] }],
    must: [{ key: 'payload.owner.id', match: { value: 'other' } }],
  };
  expect(ask()).toMatchObject({ filter: { must: [owner] } });
  expect(ask({ native: hostile })).toMatchObject({ filter: { must: [owner, hostile] } });
  expect(ask({ or: [{ native: {} }, { field: 'a', exists: false }] })?.['filter']).toEqual({
    must: [owner, { should: [{}, expect.anything()] }],
  });
});

test('a vector that cannot be compared is refused', () => {
  const ask = (vector?: Float32Array) => () => checkQueryVector(vector, 'qdrant:articles');
  for (const vector of [
    undefined,
    new Float32Array(),
    Float32Array.of(1, Number.NaN),
    Float32Array.of(-Infinity),
  ]) {
    expect(ask(vector)).toThrow(
      expect.objectContaining({ code: 'invalid-query', origin: 'qdrant:articles' }),
    );
  }
  expect(ask(Float32Array.of(0, 1))).not.toThrow();
});
