import { describe, expect, test } from '@jest/globals';
import { fromConfig, type PgvectorConfig } from '../src/index.ts';

const refused = (config: unknown) =>
  fromConfig(config as PgvectorConfig).then(
    () => {
      throw new Error('It was accepted.');
    },
    (error: unknown) => error,
  );

describe('a wrong configuration is refused before anything is opened', () => {
  test.each([
    ['url', { url: 'mysql://root:hunter2@db/x', table: 't' }],
    ['url', { url: 'postgres://user:hunter2@:port/x', table: 't' }],
    ['url', { url: 5, table: 't' }],
    ['directory', { directory: ' ', table: 't' }],
    ['memory', { memory: 'yes', table: 't' }],
    ['url, directory and memory', { table: 't' }],
    ['url, directory and memory', { memory: true, directory: 'x', table: 't' }],
    ['table', { memory: true }],
    ['table', { memory: true, table: 'a.b.c' }],
    ['poolSize', { memory: true, table: 't', poolSize: 0 }],
    ['metric', { memory: true, table: 't', metric: 'dot' }],
    ['efSearch', { memory: true, table: 't', efSearch: '40' }],
    ['columns', { memory: true, table: 't', columns: [] }],
    ['columns.vectors', { memory: true, table: 't', columns: { vectors: 'v' } }],
    ['columns.id', { memory: true, table: 't', columns: { id: 7 } }],
    ['index', { memory: true, table: 't', index: true }],
    ['index.ef', { memory: true, table: 't', index: { ef: 1 } }],
    ['index.m', { memory: true, table: 't', index: { m: 1000 } }],
    ['tabel', { memory: true, tabel: 't' }],
    ['The configuration', 'postgres://user:hunter2@db'],
  ])('%s: %j', async (key, config) => {
    const error = await refused(config);
    expect(error).toMatchObject({
      code: 'invalid-config',
      problem: expect.stringMatching(new RegExp(`^${key} (is|has) `)),
    });
    if (typeof config === 'object') expect(String(error) + JSON.stringify(error)).not.toContain('hunter2');
  });
});

test('a URL is not connected to before the first search, and its password stays out of what is said', async () => {
  const opened = await fromConfig({ url: 'postgres://someone:hunter2@127.0.0.1:1/x', table: 't' });
  expect(opened.source.name).toBe('pgvector:t');
  const search = opened.source.search({ query: { text: 'q', vector: Float32Array.of(1) }, depth: 1 });
  const error = await search.catch((reason: Error) => reason);
  expect(error).toMatchObject({ code: 'source-unreachable', cause: expect.anything() });
  expect(String(error) + JSON.stringify(error)).not.toContain('hunter2');
  await opened.close();
  await opened.close();
  await opened.source.close?.();
  await expect(opened.writer.count()).rejects.toMatchObject({ code: 'closed' });
});
