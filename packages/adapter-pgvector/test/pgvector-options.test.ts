import { describe, expect, test } from '@jest/globals';
import { pgvectorSource, pgvectorWriter } from '../src/index.ts';
import { clientKind } from '../src/pgvector-client.ts';

const client = { query: async () => ({ rows: [] }) };
const long = 'x'.repeat(64);
const pathOf = (key: string) => key.split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : part));

describe('bad options name the key', () => {
  test.each([
    ['client', { client: {} }],
    ['client', { client: null }],
    ['table', { table: '' }],
    ['table', { table: 'a.b.c' }],
    ['table', { table: 'a.' }],
    ['table', { table: long }],
    ['table', { table: 7 }],
    ['table', { table: 'nul\0' }],
    ['metric', { metric: 'dot' }],
    ['columns.text', { columns: { text: '' } }],
    ['columns.id', { columns: { id: null } }],
    ['columns.vector', { columns: { vector: 'embedding::bit(64)' } }],
    ['columns.vector', { columns: { vector: 'embedding::halfvec(0)' } }],
    ['columns.vector', { columns: { vector: 'embedding::halfvec(3); DROP TABLE x' } }],
    ['columns.payload', { columns: { payload: ['author', 'author'] } }],
    ['columns.payload', { columns: { payload: ['author', 7] } }],
    ['columns.payload', { columns: { payload: ['author'] }, tenantField: 'owner.id' }],
    ['whenShort', { whenShort: 'never' }],
    ['search', { search: 'fast' }],
    ['efSearch', { efSearch: 0 }],
    ['oversample', { oversample: 0 }],
    ['efSearch', { efSearch: 1001 }],
    ['efSearch', { efSearch: '40; DROP TABLE x' }],
    ['iterativeScan', { iterativeScan: 'strict_order' }],
    ['maxScanTuples', { maxScanTuples: 1.5 }],
    ['statementTimeoutMs', { statementTimeoutMs: 0 }],
    ['replicas', { replicas: { query: async () => {} } }],
    ['replicas.0', { replicas: [{ query: async () => {} }] }],
    ['replicas.0', { replicas: ['postgres://user:hunter2@db/x'] }],
    ['maxReplicaLagMs', { maxReplicaLagMs: 0 }],
    ['maxReplicaLag', { maxReplicaLag: 5 }],
    ['efsearch', { efsearch: 40 }],
    ['columns.txt', { columns: { txt: 'body' } }],
    ['vectorType', { vectorType: 'halfvec' }],
  ])('%s: %j', (key, options) => {
    const make = () => pgvectorSource({ client, table: 't', ...options } as never);
    expect(make).toThrow(expect.objectContaining({ code: 'invalid-options', path: pathOf(key) }));
  });

  test.each([
    ['partitions', { partitions: 4 }],
    ['partitions', { partitions: 1, tenantField: 'owner' }],
    ['partitions', { partitions: 4, tenantField: 'owner', index: { kind: 'ivfflat' } }],
    ['columns', { partitions: 4, tenantField: 'owner', columns: { payload: 'tenant' } }],
    ['index.m', { index: { m: 1 } }],
    ['columns', { columns: { text: 'digest' } }],
    ['columns', { columns: { id: 'text' } }],
    ['index.efConstruction', { index: { m: 32, efConstruction: 63 } }],
    ['index.efConstruction', { index: { m: 33 } }],
    ['index.lists', { index: { lists: 10 } }],
    ['index.m', { index: { kind: 'ivfflat', m: 16 } }],
    ['textSearch', { textSearch: true }],
    ['quantize', { quantize: 'int8' }],
    ['quantize', { quantize: 'halfvec' }],
    ['quantize', { quantize: 'binary', index: { kind: 'ivfflat' } }],
    ['quantize', { quantize: 'binary', index: false }],
  ])('%s: %j', (key, options) => {
    const make = () => pgvectorWriter({ client, table: 't', ...options } as never);
    expect(make).toThrow(expect.objectContaining({ code: 'invalid-options', path: pathOf(key) }));
  });
});

test.each([
  ['a cast', { columns: { vector: 'embedding::halfvec(3)' } }],
  ['a list', { columns: { payload: ['author'] } }],
  ['columns.lexemes', { columns: { lexemes: 'words' } }],
  ['columns.payload is null', { columns: { payload: null }, tenantField: 'author' }],
])('the writer refuses what is for searching a table that was there before: %s', async (reason, options) => {
  const writer = pgvectorWriter({ client, table: 't', ...options });
  const refusal = { code: 'invalid-options', problem: expect.stringContaining(reason) };
  await expect(writer.prepare({ dimensions: 3 })).rejects.toMatchObject(refusal);
  await expect(writer.finish()).rejects.toMatchObject(refusal);
});

test('source and writer are named after the table, or as the caller says', () => {
  expect(pgvectorSource({ client, table: 'search.articles' }).name).toBe('pgvector:search.articles');
  expect(pgvectorWriter({ client, table: 'articles', name: 'news' }).name).toBe('news');
});

test('more dimensions than an index can hold are refused before the work, unless there is to be none', async () => {
  const refused = pgvectorWriter({ client, table: 't' }).prepare({ dimensions: 3072 });
  await expect(refused).rejects.toMatchObject({ code: 'invalid-options', problem: 'dimensions is 3072.' });
});

test('the kind of a client is told by what it can do', () => {
  const query = () => {};
  expect(clientKind({ query, connect: query, idleCount: 0 })).toBe('pool');
  expect(clientKind({ query, connect: query })).toBe('connection');
  expect(clientKind({ query, release: query })).toBe('connection');
  expect(clientKind({ query, exec: query, transaction: query })).toBe('pglite');
  for (const other of [{}, null, undefined, 'postgres://', { connect: query }, { query, transaction: query }])
    expect(clientKind(other)).toBeUndefined();
});
