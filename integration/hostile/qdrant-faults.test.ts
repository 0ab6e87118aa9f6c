import { afterAll } from '@jest/globals';
import { QdrantClient } from '@qdrant/js-client-rest';
import { qdrantSource, qdrantWriter } from '@secondpass/adapter-qdrant';
import { doubleOfQdrant } from '../../packages/adapter-qdrant/test/qdrant-double.ts';
import { startFaultProxy } from '../services/fault-proxy.ts';
import { type Fault, rowText, testFaults } from './faults.ts';
import { httpFaults } from './http-faults.ts';

// Qdrant's protocol, on the double that the unit tests use: the tests also run where there is no Qdrant server.
const double = await doubleOfQdrant();
const proxy = await startFaultProxy(double.server.url);
const client = new QdrantClient({
  url: proxy.url,
  checkCompatibility: false,
  timeout: Number.POSITIVE_INFINITY,
});
const options = { client, collection: double.collection };
const writer = qdrantWriter(options);
await writer.prepare({ dimensions: 2 });
const document = {
  id: 'a',
  text: rowText,
  vector: Float32Array.of(1, 0),
  payload: { name: rowText },
  digest: 'd',
};
await writer.write([document]);
await writer.finish();
afterAll(async () => {
  await proxy.close();
  await double.server.close();
});

const query = { text: rowText, vector: Float32Array.of(1, 0) };
const source = qdrantSource({ ...options, exact: true, requestTimeoutMs: 500 });
const search = () => source.search({ query, depth: 5 });
// Nothing is broken when it is asked, so a busy machine may take its time.
const patient = qdrantSource({ ...options, exact: true });
const whenSearching = /\/query/;
const spoilt = (path: RegExp, result: unknown): Promise<unknown> => {
  proxy.spoil(
    path,
    (response) =>
      void response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ result, status: 'ok', time: 0 })),
  );
  return search();
};
const { mend } = proxy;

const point = {
  id: '6f1a6c1e-0000-5000-8000-000000000000',
  score: 1,
  payload: { text: rowText, payload: {}, secondpass: { id: 'a', digest: 'd' } },
};
const answers: readonly Fault[] = [
  {
    name: 'points that are no list',
    code: 'source-failed',
    ask: () => spoilt(whenSearching, { points: rowText }),
    mend,
  },
  {
    name: 'a point that is null',
    code: 'source-failed',
    ask: () => spoilt(whenSearching, { points: [null] }),
    mend,
  },
  {
    name: 'a point without a score',
    code: 'source-failed',
    ask: () => spoilt(whenSearching, { points: [{ ...point, score: undefined }] }),
    mend,
  },
  {
    name: 'a score that is no number',
    code: 'source-failed',
    ask: () => spoilt(whenSearching, { points: [{ ...point, score: rowText }] }),
    mend,
  },
  {
    name: 'a collection without vectors',
    code: 'source-not-found',
    ask: () => qdrantSource({ ...options, vectorName: 'none' }).search({ query, depth: 1 }),
  },
  {
    name: 'a filling that has not finished',
    code: 'source-incomplete',
    ask: () => {
      proxy.spoil(
        /\/collections\/double$/,
        (response, answer) =>
          void response
            .writeHead(200, { 'content-type': 'application/json' })
            .end(answer.replace('"whole":true', '"whole":false')),
      );
      return qdrantSource(options).search({ query, depth: 1 });
    },
    mend,
  },
  {
    name: 'a query of another length',
    code: 'dimension-mismatch',
    ask: () => source.search({ query: { ...query, vector: Float32Array.of(1) }, depth: 1 }),
  },
  {
    name: 'NaN in a query',
    code: 'invalid-query',
    ask: () => source.search({ query: { ...query, vector: Float32Array.of(1, Number.NaN) }, depth: 1 }),
  },
  {
    name: 'a document of another length',
    code: 'dimension-mismatch',
    ask: () => writer.write([{ ...document, id: 'b', vector: Float32Array.of(1) }]),
  },
  { name: 'an id that comes twice', code: 'duplicate-id', ask: () => writer.write([document, document]) },
  {
    name: 'a write that the server refuses',
    code: 'source-failed',
    ask: () => {
      proxy.spoil(
        /\/points/,
        (response) =>
          void response
            .writeHead(500, { 'content-type': 'application/json' })
            .end('{"status":{"error":"no space left on device"}}'),
      );
      return writer.write([{ ...document, id: 'c' }]);
    },
    mend,
  },
];
const broken = httpFaults((words) => JSON.stringify({ status: { error: words }, time: 0 }), {
  'a body that is said to be gzip and is not': 'source-unreachable',
}).map(
  ([name, code, fault]): Fault => ({
    name,
    code,
    ask: () => {
      proxy.spoil(whenSearching, fault);
      return search();
    },
    mend,
  }),
);

testFaults("Qdrant's protocol (double)", [...broken, ...answers], async () => {
  const found = await patient.search({ query, depth: 5 });
  if (found[0]?.id !== 'a') throw new Error('The source does not work afterward.');
});
