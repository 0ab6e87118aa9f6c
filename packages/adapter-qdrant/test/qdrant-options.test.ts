import { describe, expect, test } from '@jest/globals';
import {
  type QdrantSourceOptions,
  type QdrantWriterOptions,
  qdrantSource,
  qdrantWriter,
} from '../src/index.ts';
import { clientOf } from './collection.ts';

const client = clientOf();
const refusedOption = (key: string) =>
  expect.objectContaining({
    code: 'invalid-options',
    path: key.split('.'),
  });

describe('a wrong option is refused before anything is asked', () => {
  test.each([
    ['client', { client: {} }],
    ['client', { client: null }],
    ['collection', { collection: 5 }],
    ...[
      '',
      '.',
      '..',
      'a/b',
      'a?b',
      'a\\b',
      'a"b',
      'a\u0000b',
      'a\u001fb',
      'x'.repeat(256),
      'é'.repeat(128),
      '\uD800',
    ].map((collection) => ['collection', { collection }] as const),
    ['vectorName', { vectorName: 5 }],
    ['vectorName', { vectorName: 'é'.repeat(121) }],
    ['sparseVectorName', { sparseVectorName: '' }],
    ['sparseVectorName', { vectorName: 'v', sparseVectorName: 'v' }],
    ['textField', { textField: '' }],
    ['textField', { textField: 'a"b' }],
    ['textField', { textField: 'secondpass' }],
    ['payloadField', { payloadField: 'text' }],
    ['payloadField', { payloadField: 'secondpass' }],
    ['tenantField', { tenantField: 'a..b' }],
    ['tenantField', { tenantField: 'a"b' }],
    ['requestTimeoutMs', { requestTimeoutMs: 0 }],
    ['consistency', { consistency: 'one' }],
    ['consistency', { consistency: 0 }],
    ['shardKey', { shardKey: 'tenant' }],
    ['shardKey', { tenantField: 'a', shardKey: 'acme' }],
    ['shardKey.fallback', { tenantField: 'a', shardKey: { fallback: '' } }],
  ])('%s of both: %j', (key, options) => {
    const given = { client, collection: 'articles', ...options } as unknown as QdrantSourceOptions;
    expect(() => qdrantSource(given)).toThrow(refusedOption(key));
    expect(() => qdrantWriter(given)).toThrow(refusedOption(key));
  });

  test.each([
    ['match', { match: 'hybrid' }],
    ['efsearch', { efsearch: 40 }],
    ['lexical', { lexical: true }],
    ['quantization', { quantization: { rescore: true } }],
    ['exact', { exact: 1 }],
    ['efSearch', { efSearch: 0 }],
    ['efSearch', { efSearch: 1.5 }],
    ['quantize', { quantize: 'scalar' }],
    ['oversample', { oversample: 0 }],
    ['oversample', { oversample: 1.5 }],
    ['oversample', { oversample: 101 }],
  ])('%s of the source: %j', (key, options) => {
    const given = { client, collection: 'articles', ...options } as unknown as QdrantSourceOptions;
    expect(() => qdrantSource(given)).toThrow(refusedOption(key));
  });

  test.each([
    ['metric', { metric: 'dot' }],
    ['exact', { exact: true }],
    ['lexical.k', { lexical: { k: 1 } }],
    ['payloadIndexes.a"b', { payloadIndexes: { 'a"b': 'string' } }],
    ['metric', { metric: 'constructor' }],
    ['index', { index: true }],
    ['index.m', { index: { m: 1 } }],
    ['index.efConstruction', { index: { efConstruction: 3 } }],
    ['quantize', { quantize: 'int4' }],
    ['ordering', { ordering: 'strict' }],
    ['cluster.shards', { cluster: { shards: 3 } }],
    ['cluster.replicationFactor', { cluster: { replicationFactor: 0 } }],
    ['lexical', { lexical: 'yes' }],
    ['lexical.b', { lexical: { b: 2 } }],
    ['lexical.averageLength', { lexical: { averageLength: 0 } }],
    ['payloadIndexes.year', { payloadIndexes: { year: 'integer' } }],
    ['stringOrder', { stringOrder: 1 }],
    ['finishTimeoutMs', { finishTimeoutMs: -1 }],
  ])('%s of the writer: %j', (key, options) => {
    const given = { client, collection: 'articles', ...options } as unknown as QdrantWriterOptions;
    expect(() => qdrantWriter(given)).toThrow(refusedOption(key));
  });
});

test('the name says which collection, unless it is given', () => {
  expect(qdrantSource({ client, collection: 'Ünïcödé articles' }).name).toBe('qdrant:Ünïcödé articles');
  expect(qdrantWriter({ client, collection: 'articles', name: 'shop' }).name).toBe('shop');
});

test('the source says what it reads from the query', () => {
  expect(qdrantSource({ client, collection: 'articles' }).input).toBe('vector');
  expect(qdrantSource({ client, collection: 'articles', match: 'text' }).input).toBe('text');
});
