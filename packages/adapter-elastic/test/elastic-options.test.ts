import { Client as Client9 } from '@elastic/elasticsearch';
import { expect, test } from '@jest/globals';
import { Client as Client8 } from 'elasticsearch-8';
import { type ElasticClient, elasticFromConfig, elasticSource, elasticWriter } from '../src/index.ts';

const node = 'http://127.0.0.1:1';
const clients: readonly ElasticClient[] = [new Client9({ node }), new Client8({ node })];
const client = clients[0]!;

test('the clients of both major versions are taken', () => {
  for (const each of clients)
    expect(elasticSource({ client: each, index: 'articles' }).name).toBe('elastic:articles');
});

test('an index name that would mean several, or none, is refused', () => {
  const hostile = [
    '',
    '*',
    'a,b',
    '-a',
    '_all',
    '../_search',
    'a/b',
    'a b',
    'A',
    '<logs-{now/d}>',
    'a?b',
    'a#b',
    'a\0',
    '.',
    '..',
    'cluster:a',
    'x'.repeat(256),
    7,
  ];
  for (const index of hostile) {
    expect(() => elasticSource({ client, index: index as string })).toThrow(
      expect.objectContaining({ code: 'invalid-options' }),
    );
  }
});

test.each([
  ['fields.text', { fields: { text: '*' } }],
  ['fields.vector', { fields: { vector: 'a..b' } }],
  ['fields', { fields: { text: 'same', vector: 'same' } }],
  ['fields.text', { fields: { text: 'secondpass' } }],
  ['fields.body', { fields: { body: 'text' } }],
  ['metric', { metric: 'hamming' }],
  ['match', { match: 'both' }],
  ['search', { search: 'fast' }],
  ['numCandidates', { numCandidates: 10_001 }],
  ['numcandidates', { numcandidates: 100 }],
  ['oversample', { oversample: 0 }],
  ['oversample', { oversample: 101 }],
  ['quantize', { quantize: 'bbq' }],
  ['rescoreOversample', { rescoreOversample: 3 }],
  ['requestTimeoutMs', { requestTimeoutMs: 0 }],
  ['tenantField', { tenantField: '' }],
  ['client', { client: {} }],
  ['analyzer', { analyzer: 'german' }],
])('a source refuses %s: %j', (key, options) => {
  expect(() => elasticSource({ client, index: 'a', ...options } as never)).toThrow(
    expect.objectContaining({ code: 'invalid-options', path: key.split('.') }),
  );
});

test.each([
  ['vectors.type', { vectors: { type: 'ivf' } }],
  ['vectors.type', { vectors: { type: 'int8_hnsw' } }],
  ['quantize', { quantize: true }],
  ['oversample', { oversample: 4 }],
  ['vectors.m', { vectors: { m: 1 } }],
  ['vectors.ef', { vectors: { ef: 100 } }],
  ['retries', { retries: -1 }],
  ['settings', { settings: [] }],
  ['nativeFields', { nativeFields: 'place' }],
  ['numCandidates', { numCandidates: 100 }],
])('a writer refuses %s: %j', (key, options) => {
  expect(() => elasticWriter({ client, index: 'a', ...options } as never)).toThrow(
    expect.objectContaining({ code: 'invalid-options', path: key.split('.') }),
  );
});

test('a configuration is checked before anything is opened, and secrets are not shown', async () => {
  const wrong: readonly (readonly [object, string])[] = [
    [{}, 'url'],
    [{ url: node }, 'index'],
    [{ url: 'https://me:hush@host', index: 'a' }, 'url'],
    [{ url: 'ftp://host', index: 'a' }, 'url'],
    [{ url: node, index: 'a', apiKey: ['hush'] }, 'apiKey'],
    [{ url: node, index: 'a', username: 'hush' }, 'password'],
    [{ url: node, index: 'a', apiKey: 'hush', username: 'hush', password: 'hush' }, 'apiKey'],
    [{ url: node, index: 'a', headers: { a: 1 } }, 'headers'],
    [{ url: node, index: 'a', caFile: '/nowhere.pem' }, 'caFile'],
    [{ url: node, index: 'A' }, 'index'],
    [{ url: node, index: 'a', fields: { body: 'x' } }, 'fields.body'],
    [{ url: node, index: 'a', password: 'hush' }, 'username'],
    [{ url: node, index: 'a', efSearch: 10 }, 'efSearch'],
    [{ url: node, index: 'a', fusion: { method: 'rrf' } }, 'fusion'],
    [{ url: node, index: 'a', match: 'hybrid', fusion: { method: 'rrf', weights: [1] } }, 'fusion.weights'],
  ];
  for (const [config, key] of wrong) {
    const error = await elasticFromConfig(config as never).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'invalid-config', path: key.split('.') });
    expect(String(error)).not.toContain('hush');
  }
  const { source, close } = await elasticFromConfig({
    url: node,
    index: 'a',
    fields: { text: 'body.text', payload: null },
  });
  expect(source.name).toBe('elastic:a');
  await close();
  await expect(
    source.search({ query: { text: 'a', vector: Float32Array.of(1) }, depth: 1 }),
  ).rejects.toMatchObject({ code: 'closed' });
});
