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

test('other options say key, value and what was expected', () => {
  const wrong = [
    { fields: { text: '*' } },
    { fields: { vector: 'a..b' } },
    { fields: { text: 'same', vector: 'same' } },
    { fields: { text: 'secondpass' } },
    { metric: 'hamming' },
    { match: 'both' },
    { search: 'fast' },
    { numCandidates: 10_001 },
    { rescoreOversample: 0 },
    { requestTimeoutMs: 0 },
    { tenantField: '' },
    { client: {} },
  ];
  for (const options of wrong) {
    const [key] = Object.keys(options);
    expect(() => elasticSource({ client, index: 'a', ...(options as object) })).toThrow(
      expect.objectContaining({ code: 'invalid-options', problem: expect.stringContaining(key!) }),
    );
  }
  for (const options of [{ vectors: { type: 'ivf' } }, { vectors: { m: 1 } }, { retries: -1 }]) {
    expect(() => elasticWriter({ client, index: 'a', ...(options as object) })).toThrow(
      expect.objectContaining({ code: 'invalid-options' }),
    );
  }
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
    [{ url: node, index: 'a', efSearch: 10 }, 'efSearch'],
  ];
  for (const [config, key] of wrong) {
    const error = await elasticFromConfig(config as never).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'invalid-config', problem: expect.stringContaining(key) });
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
