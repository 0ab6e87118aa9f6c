import { inspect } from 'node:util';
import { Client } from '@elastic/elasticsearch';
import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { afterAll } from '@jest/globals';
import { elasticFromConfig, elasticReader, elasticSource, elasticWriter } from '@secondpass/adapter-elastic';
import {
  pgvectorFromConfig,
  pgvectorReader,
  pgvectorSource,
  pgvectorTextSource,
  pgvectorTokenVectors,
  pgvectorWriter,
} from '@secondpass/adapter-pgvector';
import {
  qdrantFromConfig,
  qdrantReader,
  qdrantSource,
  qdrantTokenVectors,
  qdrantWriter,
} from '@secondpass/adapter-qdrant';
import type { DocumentReader, DocumentWriter } from '@secondpass/core';
import { listen } from '../../../adapter-qdrant/test/http-server.ts';
import { doubleOfQdrant } from '../../../adapter-qdrant/test/qdrant-double.ts';
import { testEntries } from './test-entries.ts';
import { type Entry, secret } from './try-inputs.ts';

const pglite = await PGlite.create({ extensions: { vector } });
const table = 'documents';
const double = await doubleOfQdrant();
/** Elasticsearch without an index: what an adapter lets through is answered by 404. */
const elastic = await listen((request, response) => {
  request.resume();
  response.writeHead(404, { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' });
  const error = { type: 'index_not_found_exception', reason: 'no such index [double]' };
  response.end(JSON.stringify({ error: { ...error, root_cause: [error] }, status: 404 }));
});
const client = new Client({ node: elastic.url, maxRetries: 0 });
const vectorOf = (x: number) => Float32Array.of(x, 1 - x);
const documents = [1, 0.5].map((x, index) => ({
  id: `d${index}`,
  text: `A passage ${secret}.`,
  vector: vectorOf(x),
  payload: { tenant: 'acme', year: 2020 + index },
  digest: 'd',
}));
const shared = { client: pglite, table };
const postgres = pgvectorWriter({ ...shared, textSearch: {} });
const qdrantOptions = { client: double.client, collection: 'double' };
const qdrant = qdrantWriter(qdrantOptions);
for (const writer of [postgres, qdrant]) {
  await writer.prepare({ dimensions: 2 });
  await writer.write(documents);
  await writer.finish();
}

afterAll(async () => {
  await pglite.close();
  await double.server.close();
  await client.close();
  await elastic.close();
});

const query = { text: 'passage', vector: vectorOf(1) };
const request = {
  query,
  depth: 2,
  filter: { and: [{ field: 'year', gte: 2020 }, { not: { field: 'tags', in: ['x', 1] } }] },
};
const isList = Array.isArray;
const countOf = (writer: DocumentWriter) => () => writer.count();
const rows = async () => JSON.stringify((await pglite.query('SELECT * FROM documents ORDER BY id')).rows);
const points = () => JSON.stringify([...double.points]);
const inTable = {
  metric: 'cosine',
  columns: { id: 'id', text: 'text', vector: 'embedding', payload: 'payload' },
  name: 'mine',
};
const signIn = { apiKey: secret, headers: { 'x-key': secret } };
const drain = async (reader: DocumentReader, options: never) => {
  const found: unknown[] = [];
  for await (const batch of reader.read(options)) found.push(...batch);
  return found;
};
/** Opens from a configuration, asks once, and closes. */
const ask = async (
  opening: Promise<{ source: { search(asked: typeof request): Promise<unknown> }; close(): Promise<void> }>,
) => {
  const opened = await opening;
  try {
    return await opened.source.search(request);
  } finally {
    await opened.close();
  }
};
/** What is let through, an engine that is not there, or has no index, refuses in full; that counts as taken. */
const taken = async (work: Promise<unknown>) =>
  work.catch((error: { code?: unknown }) => {
    const answered = error.code === 'source-not-found' || error.code === 'source-unreachable';
    if (!answered || inspect(error).includes(secret)) throw error;
    return [];
  });

const entries: readonly Entry[] = [
  {
    name: 'pgvectorSource',
    valid: {
      ...shared,
      ...inTable,
      statementTimeoutMs: 5000,
      search: 'exact',
      efSearch: 40,
      probes: 5,
      iterativeScan: 'strict',
      maxScanTuples: 1000,
      whenShort: 'exact',
      preparedStatements: true,
    },
    call: (options) => pgvectorSource(options).search({ query, depth: 1 }),
    isAnswer: isList,
    state: rows,
  },
  {
    name: 'pgvectorSource: search',
    valid: request,
    call: (asked) => pgvectorSource({ ...shared, search: 'exact' }).search(asked),
    isAnswer: isList,
    state: rows,
  },
  {
    name: 'pgvectorSource: native filter',
    valid: { native: { sql: 'id = $1', params: ['d0'] } },
    call: (filter) => pgvectorSource({ ...shared, search: 'exact' }).search({ query, depth: 1, filter }),
    isAnswer: isList,
    state: rows,
  },
  {
    name: 'pgvectorTextSource',
    valid: { ...shared, name: 'text', language: 'english' },
    call: (options) => pgvectorTextSource(options).search({ query, depth: 1 }),
    isAnswer: isList,
  },
  {
    name: 'pgvectorTextSource: search',
    valid: request,
    call: (asked) => pgvectorTextSource(shared).search(asked),
    isAnswer: isList,
    state: rows,
  },
  {
    name: 'pgvectorWriter',
    valid: {
      ...shared,
      ...inTable,
      tenantField: 'tenant',
      index: { kind: 'hnsw', m: 16, efConstruction: 64 },
      vectorType: 'vector',
      textSearch: { language: 'english' },
    },
    call: (options) => pgvectorWriter(options),
  },
  {
    name: 'pgvectorWriter: prepare',
    valid: { dimensions: 2 },
    call: (options) => postgres.prepare(options),
    state: countOf(postgres),
  },
  { name: 'pgvectorWriter: write', valid: documents, call: (batch) => postgres.write(batch), state: rows },
  {
    name: 'pgvectorWriter: delete',
    valid: ['none', 'nowhere'],
    call: (ids) => postgres.delete(ids),
    state: rows,
  },
  {
    name: 'pgvectorWriter: storedDigests',
    valid: ['d0'],
    call: (ids) => postgres.storedDigests(ids),
    isAnswer: (answer) => answer instanceof Map,
  },
  {
    name: 'pgvectorReader',
    valid: { ...shared, name: 'reader' },
    call: (options) => pgvectorReader(options).count(),
  },
  {
    name: 'pgvectorReader: read',
    valid: { batchSize: 10 },
    call: (options) => drain(pgvectorReader(shared), options),
    isAnswer: isList,
  },
  {
    name: 'pgvectorTokenVectors',
    valid: { client: pglite, table: 'tokens', name: 'tokens' },
    call: (options) => taken(pgvectorTokenVectors(options).get(['d0'])),
  },
  {
    name: 'pgvectorFromConfig',
    valid: {
      url: `postgres://me:${secret}@127.0.0.1:1/db`,
      table: 'none',
      poolSize: 2,
      connectionTimeoutMs: 1000,
      match: 'hybrid',
      fusion: { method: 'rrf', k: 60 },
      metric: 'cosine',
      search: 'exact',
    },
    call: (config) => taken(ask(pgvectorFromConfig(config))),
  },
  {
    name: 'elasticSource',
    valid: {
      client,
      index: 'double',
      fields: { text: 'text', vector: 'vector', payload: 'payload' },
      metric: 'cosine',
      tenantField: 'tenant',
      name: 'mine',
      requestTimeoutMs: 1000,
      match: 'vector',
      search: 'hnsw',
      numCandidates: 100,
      oversample: 3,
      whenShort: 'accept',
    },
    call: (options) => taken(elasticSource(options).search({ ...request, tenant: 'acme' })),
  },
  {
    name: 'elasticSource: search',
    valid: request,
    call: (asked) => taken(elasticSource({ client, index: 'double' }).search(asked)),
  },
  {
    name: 'elasticSource: search by text',
    valid: request,
    call: (asked) => taken(elasticSource({ client, index: 'double', match: 'text' }).search(asked)),
  },
  {
    name: 'elasticWriter',
    valid: {
      client,
      index: 'double',
      vectors: { type: 'hnsw', m: 16, efConstruction: 100 },
      quantize: 'int8',
      analyzer: 'standard',
      nativeFields: { year: { type: 'integer' } },
      settings: { number_of_shards: 1 },
      retries: 2,
    },
    call: (options) => taken(elasticWriter(options).count()),
  },
  {
    name: 'elasticWriter: write',
    valid: documents,
    call: (batch) => taken(elasticWriter({ client, index: 'double' }).write(batch)),
  },
  {
    name: 'elasticWriter: delete',
    valid: ['d0'],
    call: (ids) => taken(elasticWriter({ client, index: 'double' }).delete(ids)),
  },
  {
    name: 'elasticWriter: storedDigests',
    valid: ['d0'],
    call: (ids) => taken(elasticWriter({ client, index: 'double' }).storedDigests(ids)),
  },
  {
    name: 'elasticReader: read',
    valid: { batchSize: 10 },
    call: (options) => taken(drain(elasticReader({ client, index: 'double' }), options)),
  },
  {
    name: 'elasticFromConfig',
    valid: {
      url: elastic.url,
      index: 'double',
      ...signIn,
      match: 'hybrid',
      fusion: { method: 'weighted', weights: [1, 2] },
    },
    call: (config) => taken(ask(elasticFromConfig(config))),
  },
  {
    name: 'qdrantSource',
    valid: {
      ...qdrantOptions,
      textField: 'text',
      payloadField: 'payload',
      requestTimeoutMs: 5000,
      name: 'mine',
      match: 'vector',
      consistency: 2,
      efSearch: 64,
      exact: true,
      whenShort: 'exact',
      oversample: 2,
    },
    call: (options) => qdrantSource(options).search({ query, depth: 1 }),
    isAnswer: isList,
  },
  {
    name: 'qdrantSource: search',
    valid: request,
    call: (asked) => qdrantSource({ ...qdrantOptions, exact: true }).search(asked),
    isAnswer: isList,
    state: points,
  },
  {
    name: 'qdrantWriter',
    valid: {
      ...qdrantOptions,
      metric: 'cosine',
      index: { m: 16, efConstruction: 100 },
      ordering: 'medium',
      cluster: { shardNumber: 2, replicationFactor: 1 },
      lexical: { k1: 1.2, b: 0.75, averageLength: 100 },
      payloadIndexes: { year: 'number' },
      stringOrder: true,
      finishTimeoutMs: 1000,
    },
    call: (options) => qdrantWriter(options).count(),
  },
  { name: 'qdrantWriter: write', valid: documents, call: (batch) => qdrant.write(batch), state: points },
  { name: 'qdrantWriter: delete', valid: ['none'], call: (ids) => qdrant.delete(ids), state: points },
  { name: 'qdrantWriter: storedDigests', valid: ['d0'], call: (ids) => qdrant.storedDigests(ids) },
  {
    name: 'qdrantReader',
    valid: { ...qdrantOptions, name: 'reader' },
    call: (options) => qdrantReader(options).count(),
  },
  {
    name: 'qdrantTokenVectors',
    valid: { ...qdrantOptions, name: 'tokens' },
    call: (options) => qdrantTokenVectors(options),
  },
  {
    name: 'qdrantFromConfig',
    valid: {
      url: double.server.url,
      collection: 'double',
      ...signIn,
      maxConnections: 4,
      match: 'vector',
      exact: true,
    },
    call: (config) => taken(ask(qdrantFromConfig(config))),
  },
];

testEntries('adapters', entries);
