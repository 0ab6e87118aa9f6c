import { describe, expect, test } from '@jest/globals';
import type { StoredDocument } from '@secondpass/core';
import { pointOf } from '../src/qdrant-points.ts';
import { collection, collectionOf } from './collection.ts';

const layout = { collection, metric: 'cosine', lexical: null, stringOrder: true } as const;
const document = (changes: Partial<StoredDocument> = {}): StoredDocument => ({
  id: 'a/1',
  text: 'Bread rises.',
  vector: Float32Array.of(1, 0.5),
  digest: 'digest',
  ...changes,
});
const payloadOf = (payload: StoredDocument['payload']) =>
  pointOf(document({ ...(payload && { payload }) }), layout)['payload'] as Record<
    string,
    Record<string, unknown>
  >;

test('a document becomes a point', () => {
  expect(pointOf(document({ payload: { lang: 'en', n: 1 } }), layout)).toEqual({
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    vector: [1, 0.5],
    payload: {
      text: 'Bread rises.',
      payload: { lang: 'en', n: 1 },
      secondpass: { id: 'a/1', digest: 'digest', order: { lang: [{ 0: expect.any(Number) }] } },
    },
  });
});

test('vectors go under their names', () => {
  const both = { ...layout, lexical: { k1: 1.2, b: 0.75, averageLength: 256 } };
  expect(pointOf(document(), both)['vector']).toMatchObject({ '': [1, 0.5], text: expect.anything() });
  const named = collectionOf({ vectorName: 'dense', sparseVectorName: 'terms' });
  const lexical = { k1: 1.2, b: 0.75, averageLength: 256 };
  expect(pointOf(document(), { ...layout, collection: named, lexical })['vector']).toEqual({
    dense: [1, 0.5],
    terms: {
      indices: [expect.any(Number), expect.any(Number)],
      values: [expect.any(Number), expect.any(Number)],
    },
  });
});

describe('the payload as JSON text', () => {
  test.each([
    [undefined],
    [{}],
    [{ a: 1, b: -2.5, c: 9_007_199_254_740_991, d: 0.1, e: [true, null, { f: '"' }] }],
  ])('is not kept beside %j', (payload) => {
    expect(payloadOf(payload)['secondpass']).not.toHaveProperty('json');
  });

  test.each([
    [{ a: 0.1 + 0.2 }],
    [{ a: [{ b: 1e21 }] }],
    [{ a: 1.7976931348623157e308 }],
    [{ 'say "x"': 1 }],
    [{ a: { 'back\\slash': 1 } }],
    [{ '%22': 1 }],
  ])('is kept beside %j', (payload) => {
    expect(payloadOf(payload)['secondpass']).toMatchObject({ json: JSON.stringify(payload) });
  });
});

test('strings are made comparable wherever a filter reaches them', () => {
  const { order } = payloadOf({
    a: 'x',
    b: ['x', 1, 'y', ['z']],
    c: { d: 'x', 'e.f': 'x' },
    'g.h': 'x',
    n: 1,
    list: [{ inside: 'x' }],
  })['secondpass'] as { order: Record<string, unknown[]> };
  expect(Object.entries(order).map(([key, list]) => [key, list.length])).toEqual([
    ['a', 1],
    ['b', 2],
    ['c.d', 1],
  ]);
});

test('dates and the like become what JSON makes of them', () => {
  const payload = { when: new Date(0), gone: undefined, big: Number.POSITIVE_INFINITY };
  expect(payloadOf(payload)['payload']).toEqual({ when: '1970-01-01T00:00:00.000Z', big: null });
});

describe('what cannot be stored is refused, naming the document', () => {
  const loop: Record<string, unknown> = {};
  loop['loop'] = loop;
  test.each<[string, Partial<StoredDocument>]>([
    ['NaN', { vector: Float32Array.of(1, Number.NaN) }],
    ['zeros', { vector: new Float32Array(2) }],
    ['lone surrogate', { payload: { a: 'x\uD83Cy' } }],
    ['lone surrogate', { payload: { '\uDC00': 1 } }],
    ['JSON cannot carry', { payload: loop }],
  ])('%s', (words, changes) => {
    expect(() => pointOf(document(changes), layout)).toThrow(
      expect.objectContaining({
        code: 'invalid-document',
        origin: 'qdrant:articles',
        problem: expect.stringMatching(new RegExp(`^The document "a/1" .*${words}`)),
      }),
    );
  });

  test('no tenant', () => {
    const shared = { ...layout, collection: collectionOf({ tenantField: 'owner.id' }) };
    for (const payload of [
      undefined,
      {},
      { owner: 'acme' },
      { owner: { id: '' } },
      { owner: { id: ['acme'] } },
    ]) {
      expect(() => pointOf(document({ ...(payload && { payload }) }), shared)).toThrow(
        expect.objectContaining({ code: 'invalid-document', message: expect.stringContaining('"owner.id"') }),
      );
    }
    expect(() => pointOf(document({ payload: { owner: { id: 'acme' } } }), shared)).not.toThrow();
  });
});
