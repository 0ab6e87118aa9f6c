import { describe, expect, test } from '@jest/globals';
import type { RetrievalError } from '@secondpass/core';
import { type PgvectorConfig, pgvectorFromConfig } from '../src/index.ts';

const refused = (config: unknown) =>
  pgvectorFromConfig(config as PgvectorConfig).then(
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
    ['replicas', { url: 'postgres://db/x', replicas: 'postgres://user:hunter2@db/x', table: 't' }],
    ['replicas', { url: 'postgres://db/x', replicas: [], table: 't' }],
    ['replicas.1', { url: 'postgres://db/x', replicas: ['postgres://db/x', 'user:hunter2@db'], table: 't' }],
    ['replicas', { memory: true, replicas: ['postgres://user:hunter2@db/x'], table: 't' }],
    ['partitions', { memory: true, partitions: 4, table: 't' }],
    ['directory', { directory: ' ', table: 't' }],
    ['memory', { memory: 'yes', table: 't' }],
    ['', { table: 't' }],
    ['memory', { memory: true, directory: 'x', table: 't' }],
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
    ['index.kind', { memory: true, table: 't', index: { kind: 'flat' } }],
    ['index.m', { memory: true, table: 't', index: { kind: 'ivfflat', m: 16 } }],
    ['index.lists', { memory: true, table: 't', index: { kind: 'ivfflat', lists: 0 } }],
    ['vectorType', { memory: true, table: 't', vectorType: 'bit' }],
    ['match', { memory: true, table: 't', match: 'both' }],
    ['fusion.method', { memory: true, table: 't', match: 'hybrid', fusion: { method: 'sum' } }],
    ['fusion', { memory: true, table: 't', fusion: { method: 'rrf' } }],
    ['fusion.k', { memory: true, table: 't', match: 'hybrid', fusion: { method: 'rrf', k: '60' } }],
    ['fusion.k', { memory: true, table: 't', match: 'hybrid', fusion: { method: 'rrf', k: 0 } }],
    [
      'fusion.weights',
      { memory: true, table: 't', match: 'hybrid', fusion: { method: 'rrf', weights: [1] } },
    ],
    ['probes', { memory: true, table: 't', probes: 0 }],
    ['tenantField', { memory: true, table: 't', tenantField: 'a..b' }],
    ['columns.payload', { memory: true, table: 't', tenantField: 'a', columns: { payload: ['b'] } }],
    ['language', { memory: true, table: 't', match: 'text', language: 'x'.repeat(64) }],
    ['textSearch.lang', { memory: true, table: 't', textSearch: { lang: 'german' } }],
    ['preparedStatements', { memory: true, table: 't', preparedStatements: 1 }],
    ['tabel', { memory: true, tabel: 't' }],
    ['', 'postgres://user:hunter2@db'],
  ])('%s: %j', async (key, config) => {
    const error = await refused(config);
    expect(error).toMatchObject({ code: 'invalid-config' });
    expect((error as RetrievalError).path?.join('.') ?? '').toBe(key);
    expect(String(error) + JSON.stringify(error)).not.toContain('hunter2');
  });
});

test('a URL is not connected to before the first search, and its password stays out of what is said', async () => {
  const opened = await pgvectorFromConfig({ url: 'postgres://someone:hunter2@127.0.0.1:1/x', table: 't' });
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

describe('what is searched is what the configuration says', () => {
  const documents = [
    { id: 'tide', text: 'Spring tides follow the moon.', vector: Float32Array.of(1, 0), digest: '1' },
    { id: 'dough', text: 'Dough rises by yeast.', vector: Float32Array.of(0.9, 0.1), digest: '2' },
    { id: 'tap', text: 'A tap drips.', vector: Float32Array.of(0, 1), digest: '3' },
  ].map((document) => ({ ...document, payload: { owner: document.id === 'tap' ? 'b' : 'a' } }));
  const query = { text: 'What makes yeast work?', vector: Float32Array.of(1, 0) };

  test.each([
    ['vector', undefined, ['tide', 'dough', 'tap']],
    ['text', undefined, ['dough']],
    ['hybrid', { method: 'rrf' }, ['dough', 'tide', 'tap']],
    ['hybrid', { method: 'weighted', weights: [1, 0] }, ['tide', 'dough', 'tap']],
  ] as const)('%s, %j', async (match, fusion, expected) => {
    const opened = await pgvectorFromConfig({ memory: true, table: 't', match, ...(fusion && { fusion }) });
    await opened.writer.prepare({ dimensions: 2 });
    await opened.writer.write(documents);
    await opened.writer.finish();
    expect(opened.source.input).toBe(match);
    expect(opened.source.name).toBe('pgvector:t');
    const candidates = await opened.source.search({ query, depth: 3 });
    expect(candidates.map(({ id }) => id)).toEqual(expected);
    const read = [];
    for await (const batch of opened.reader.read()) read.push(...batch);
    expect(read.map(({ id }) => id)).toEqual(['dough', 'tap', 'tide']);
    await opened.close();
    await expect(opened.source.search({ query, depth: 1 })).rejects.toMatchObject({ code: 'closed' });
  });

  test('a hybrid search is guarded on both sides', async () => {
    const config = { memory: true, table: 't', match: 'hybrid', tenantField: 'owner' } as const;
    const opened = await pgvectorFromConfig(config);
    await opened.writer.prepare({ dimensions: 2 });
    await opened.writer.write(documents);
    await opened.writer.finish();
    const found = async (tenant: string) =>
      (await opened.source.search({ query, depth: 3, tenant })).map(({ id }) => id);
    expect(await found('a')).toEqual(['dough', 'tide']);
    expect(await found('b')).toEqual(['tap']);
    await expect(opened.source.search({ query, depth: 1 })).rejects.toMatchObject({
      code: 'invalid-options',
    });
    await opened.close();
  });
});
