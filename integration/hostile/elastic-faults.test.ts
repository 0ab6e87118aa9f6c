import { Client as Client9 } from '@elastic/elasticsearch';
import { afterAll, beforeAll } from '@jest/globals';
import {
  type ElasticSourceOptions,
  elasticReader,
  elasticSource,
  elasticWriter,
} from '@secondpass/adapter-elastic';
import { Client as Client8 } from 'elasticsearch-8';
import { openTestIndices } from '../elastic/test-indices.ts';
import { describeEngine } from '../engines.ts';
import { startElastic } from '../services/elastic.ts';
import { type FaultProxy, startFaultProxy } from '../services/fault-proxy.ts';
import { type Fault, rowText, testFaults } from './faults.ts';
import { httpFaults } from './http-faults.ts';

const engine = await startElastic(['9', '8']);
const document = {
  id: 'a',
  text: rowText,
  vector: Float32Array.of(1, 0),
  payload: { name: rowText },
  digest: 'd',
};
const query = { text: rowText, vector: Float32Array.of(1, 0) };

describeEngine('elastic', engine, ({ url, version, stop }) => {
  const indices = openTestIndices({ url, version });
  let proxy: FaultProxy;
  let client: Client9;
  let index: string;

  beforeAll(async () => {
    proxy = await startFaultProxy(new URL(url).origin);
    const options = { node: proxy.url, maxRetries: 0 };
    client = (version.startsWith('8.') ? new Client8(options) : new Client9(options)) as unknown as Client9;
    ({ index } = await indices.filled([document]));
  });
  afterAll(async () => {
    await client.close();
    await proxy.close();
    await indices.drop();
    await stop();
  });

  const open = (more: Partial<ElasticSourceOptions> = {}) =>
    elasticSource({ client, index, search: 'exact', requestTimeoutMs: 700, ...more });
  const search = (more: Partial<ElasticSourceOptions> = {}, asked = {}) =>
    open(more).search({ query, depth: 5, ...asked });
  const writerOf = (name = index) => elasticWriter({ client, index: name, retries: 0 });
  const mend = () => proxy.mend();
  const searching = /_search/;
  const spoilt = (hits: unknown) => {
    proxy.spoil(
      searching,
      (response) =>
        void response
          .writeHead(200, { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' })
          .end(JSON.stringify({ took: 1, timed_out: false, hits })),
    );
    return search();
  };
  const other = async (change: (name: string) => Promise<unknown>) => {
    const { index: name } = await indices.filled([document]);
    await change(name);
    return name;
  };
  const hit = { _id: 'a', _score: 1, _source: { text: rowText } };

  const inEngine: readonly Fault[] = [
    { name: 'no index', code: 'source-not-found', ask: () => search({ index: indices.next() }) },
    {
      name: 'an index that is deleted in between',
      code: 'source-not-found',
      ask: async () => {
        const { index: name } = await indices.filled([document]);
        const source = open({ index: name });
        await source.search({ query, depth: 1 });
        await indices.drop(name);
        return source.search({ query, depth: 1 });
      },
    },
    {
      name: 'an index that is closed',
      code: 'source-failed',
      ask: async () =>
        search({ index: await other((name) => indices.client.indices.close({ index: name })) }),
    },
    {
      name: 'an index that may not be read',
      code: 'source-failed',
      ask: async () =>
        search({
          index: await other((name) =>
            indices.client.indices.putSettings({ index: name, settings: { 'index.blocks.read': true } }),
          ),
        }),
    },
    {
      name: 'an index that may not be written',
      code: 'source-failed',
      ask: async () =>
        writerOf(
          await other((name) =>
            indices.client.indices.putSettings({ index: name, settings: { 'index.blocks.write': true } }),
          ),
        ).write([document]),
    },
    {
      name: 'a disk that is full',
      code: 'overloaded',
      ask: async () =>
        writerOf(
          await other((name) =>
            indices.client.indices.putSettings({
              index: name,
              settings: { 'index.blocks.read_only_allow_delete': true },
            }),
          ),
        ).write([document]),
    },
    {
      name: 'a filling that has not finished',
      code: 'source-incomplete',
      ask: async () => {
        const name = indices.next();
        await writerOf(name).prepare({ dimensions: 2 });
        return search({ index: name });
      },
    },
    {
      name: 'an index of others without a vector',
      code: 'source-not-found',
      ask: async () => {
        const name = indices.next();
        await indices.client.indices.create({
          index: name,
          mappings: { properties: { text: { type: 'text' } } },
        });
        return search({ index: name });
      },
    },
    {
      name: 'an index of others whose vector is text',
      code: 'source-not-found',
      ask: async () => {
        const name = indices.next();
        await indices.client.indices.create({
          index: name,
          mappings: { properties: { text: { type: 'text' }, vector: { type: 'keyword' } } },
        });
        return search({ index: name });
      },
    },
    {
      name: 'a writer over an index of others',
      code: 'invalid-options',
      ask: async () => {
        const name = indices.next();
        await indices.client.indices.create({ index: name });
        return writerOf(name).prepare({ dimensions: 2 });
      },
    },
    {
      name: 'a query of another length',
      code: 'dimension-mismatch',
      ask: () => search({}, { query: { ...query, vector: Float32Array.of(1) } }),
    },
    {
      name: 'NaN in a query',
      code: 'invalid-query',
      ask: () => search({}, { query: { ...query, vector: Float32Array.of(1, Number.NaN) } }),
    },
    {
      name: 'a query without direction',
      code: 'invalid-query',
      ask: () => search({}, { query: { ...query, vector: Float32Array.of(0, 0) } }),
    },
    {
      name: 'a native filter that is none',
      code: 'invalid-filter',
      ask: () => search({}, { filter: { native: { no_such_query: { name: rowText } } } }),
    },
    {
      name: 'a native filter whose script fails',
      code: 'invalid-filter',
      ask: () =>
        search(
          {},
          { filter: { native: { script: { script: { source: `throw new Exception('${rowText}')` } } } } },
        ),
    },
    {
      name: 'a document of another length',
      code: 'dimension-mismatch',
      ask: () => writerOf().write([{ ...document, id: 'b', vector: Float32Array.of(1) }]),
    },
    {
      name: 'an id that comes twice',
      code: 'duplicate-id',
      ask: () => writerOf().write([document, document]),
    },
    {
      name: 'a tenant where there are none',
      code: 'invalid-options',
      ask: () => search({}, { tenant: 'acme' }),
    },
    {
      name: 'a server that is not there',
      code: 'source-unreachable',
      ask: async () => {
        const unreachable = new Client9({ node: 'http://127.0.0.1:1', maxRetries: 0 });
        return search({ client: unreachable }).finally(() => unreachable.close());
      },
    },
    {
      name: 'a reader of an index that is not there',
      code: 'source-not-found',
      ask: () => elasticReader({ client, index: indices.next() }).count(),
    },
    { name: 'hits that are no list', code: 'source-failed', ask: () => spoilt({ hits: rowText }), mend },
    { name: 'a hit that is null', code: 'source-failed', ask: () => spoilt({ hits: [null] }), mend },
    {
      name: 'a hit without an id',
      code: 'source-failed',
      ask: () => spoilt({ hits: [{ ...hit, _id: undefined }] }),
      mend,
    },
    {
      name: 'a hit without a score',
      code: 'source-failed',
      ask: () => spoilt({ hits: [{ ...hit, _score: null }] }),
      mend,
    },
    {
      name: 'a score that is no number',
      code: 'source-failed',
      ask: () => spoilt({ hits: [{ ...hit, _score: rowText }] }),
      mend,
    },
  ];
  const told = (words: string, status: number) => {
    const error = { type: 'any_exception', reason: words };
    return JSON.stringify({ error: { ...error, root_cause: [error] }, status });
  };
  const broken = httpFaults(told, { 'status 404': 'source-failed', 'status 408': 'source-failed' }).map(
    ([name, code, fault]): Fault => ({
      name,
      code,
      ask: () => {
        proxy.spoil(searching, fault);
        return search();
      },
      mend,
    }),
  );

  testFaults('Elasticsearch', [...inEngine, ...broken], async () => {
    // Nothing is broken now, so a busy machine may take its time.
    const found = await search({ requestTimeoutMs: 10_000 });
    if (found[0]?.id !== 'a') throw new Error('The source does not work afterward.');
  });
});
