import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import type { RetrievalError } from '@secondpass/core';
import { type QdrantConfig, qdrantFromConfig } from '../src/index.ts';
import { listen } from './http-server.ts';
import { doubleOfQdrant } from './qdrant-double.ts';

const url = 'http://localhost:6333';

describe('a wrong configuration is refused before anything is opened', () => {
  test.each([
    ['url', { url: 'localhost:6333', collection: 'a' }],
    ['url', { url: 'https://user:hunter2@host', collection: 'a' }],
    ['url', { url: 'https://host?api-key=hunter2', collection: 'a' }],
    ['url', { collection: 'a' }],
    ['apiKey', { url, apiKey: '', collection: 'a' }],
    ['headers', { url, headers: { authorization: 5, other: 'hunter2' }, collection: 'a' }],
    ['maxConnections', { url, maxConnections: 0, collection: 'a' }],
    ['collection', { url }],
    ['collection', { url, collection: 'a/b' }],
    ['match', { url, collection: 'a', match: 'both' }],
    ['fusion.method', { url, collection: 'a', match: 'hybrid', fusion: { method: 'sum' } }],
    ['fusion', { url, collection: 'a', fusion: { method: 'rrf' } }],
    ['fusion.weight', { url, collection: 'a', fusion: { method: 'rrf', weight: 1 } }],
    ['metric', { url, collection: 'a', metric: 'dot' }],
    ['index.ef', { url, collection: 'a', index: { ef: 1 } }],
    ['lexical.k', { url, collection: 'a', lexical: { k: 1 } }],
    ['quantization', { url, collection: 'a', quantization: { rescore: true } }],
    ['oversample', { url, collection: 'a', oversample: 0 }],
    ['payloadIndexes.year', { url, collection: 'a', payloadIndexes: { year: 'integer' } }],
    ['colection', { url, colection: 'a' }],
    ['', 'https://user:hunter2@host'],
  ])('%s: %j', async (key, config) => {
    const opening = qdrantFromConfig(config as QdrantConfig);
    const error = await opening.catch((reason: RetrievalError) => reason);
    expect(error).toMatchObject({ code: 'invalid-config' });
    expect((error as RetrievalError).path?.join('.')).toBe(key);
    expect(String(error) + JSON.stringify(error)).not.toContain('hunter2');
  });
});

test.each([
  [undefined, 'identity'],
  [{ 'Accept-Encoding': 'gzip' }, 'gzip'],
])('answers are asked for without compression, unless headers are %j', async (headers, encoding) => {
  const { server, requests } = await doubleOfQdrant();
  const { writer } = await qdrantFromConfig({
    url: server.url,
    collection: 'double',
    ...(headers && { headers }),
  });
  await writer.count().catch(() => undefined);
  expect(requests.map((request) => request.encoding)).toEqual([encoding]);
  await server.close();
});

test('address, path, key and headers reach the server, and the key no message', async () => {
  let seen = '';
  const server = await listen((request, response) => {
    seen = `${request.url} ${request.headers['api-key']} ${request.headers['x-team']}`;
    response
      .writeHead(401)
      .end(`seen: ${request.url} ${request.headers['api-key']} ${request.headers['x-team']}`);
  });
  const opened = await qdrantFromConfig({
    url: `${server.url}/behind/proxy/`,
    apiKey: 'hunter2',
    headers: { 'x-team': 'search' },
    collection: 'a b',
  });
  const search = opened.source.search({ query: { text: 'any', vector: Float32Array.of(1) }, depth: 1 });
  await expect(search).rejects.toMatchObject({
    code: 'source-unreachable',
    nextStep: expect.stringContaining('apiKey'),
  });
  const error = await search.catch((reason: unknown) => reason);
  expect(seen).toBe('/behind/proxy/collections/a%20b hunter2 search');
  expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('hunter2');
  await opened.close();
  await opened.close();
  await expect(opened.writer.count()).rejects.toMatchObject({ code: 'closed' });
  await server.close();
});

test('a port that is its protocol’s own counts when it is named', async () => {
  const opened = await qdrantFromConfig({
    url: 'https://127.0.0.1:443',
    collection: 'a',
    requestTimeoutMs: 2000,
  });
  const error = (await opened.writer.count().catch((reason: unknown) => reason)) as Error;
  expect(error.message).toContain(':443');
});

test('a configuration for searching what others filled has a writer that refuses', async () => {
  const { writer } = await qdrantFromConfig({ url, collection: 'a', payloadField: null });
  await expect(writer.prepare({ dimensions: 2 })).rejects.toMatchObject({ code: 'invalid-options' });
  await expect(writer.write([])).rejects.toMatchObject({ code: 'invalid-options' });
  await expect(writer.finish()).rejects.toMatchObject({ code: 'invalid-options' });
});

test('by vector, by text, or by both: the source says what it reads', async () => {
  const inputs = (['vector', 'text', 'hybrid'] as const).map(async (match) => {
    const { source, reader, writer } = await qdrantFromConfig({ url, collection: 'a', match });
    return [source.input, source.name, writer.name, reader.name];
  });
  const name = 'qdrant:a';
  expect(await Promise.all(inputs)).toEqual([
    ['vector', name, name, name],
    ['text', name, name, name],
    ['hybrid', name, name, name],
  ]);
});
