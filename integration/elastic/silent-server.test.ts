import { setTimeout as sleep } from 'node:timers/promises';
import { Client as Client9 } from '@elastic/elasticsearch';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { elasticSource } from '@secondpass/adapter-elastic';
import { Client as Client8 } from 'elasticsearch-8';
import { describeEngine } from '../engines.ts';
import { randomDocuments } from '../pgvector/random-documents.ts';
import { startElastic } from '../services/elastic.ts';
import { type SilentProxy, startSilentProxy } from '../services/silent-proxy.ts';
import { openTestIndices, type TestIndices } from './test-indices.ts';

const engine = await startElastic(['9', '8']);
const documents = randomDocuments(50, 4);
const query = { text: documents[0]!.text, vector: documents[0]!.vector };

describeEngine('elastic', engine, ({ url, version, stop }) => {
  let indices: TestIndices;
  let index: string;
  let proxy: SilentProxy;

  beforeAll(async () => {
    indices = openTestIndices({ url, version });
    ({ index } = await indices.filled(documents));
    const { hostname, port } = new URL(url);
    proxy = await startSilentProxy({ host: hostname, port: Number(port) }, 'all');
  });

  afterAll(async () => {
    await proxy.close();
    await indices.drop();
    await stop();
  });

  const open = () => {
    const Client = version.startsWith('8.') ? Client8 : Client9;
    const { username, password } = new URL(url);
    const auth = username === '' ? {} : { auth: { username, password: decodeURIComponent(password) } };
    return new Client({ node: `http://${proxy.host}:${proxy.port}`, ...auth }) as unknown as Client9;
  };

  async function freed(): Promise<boolean> {
    for (let waited = 0; proxy.silent() > 0; waited += 5) {
      if (waited > 500) return false;
      await sleep(5);
    }
    return true;
  }

  // Of a first search: the mapping, the graph, the count, and comparing with everything where the graph came short.
  describe.each([
    ['the mapping', 0, 'hnsw'],
    ['the search', 1, 'hnsw'],
    ['the count', 2, 'hnsw'],
    ['the exact search', 2, 'exact'],
  ] as const)('a server that goes silent at %s', (_, answers, search) => {
    test.each([0, 20, 200])(
      'after %d bytes: an aborted search rejects at once and releases its connection',
      async (passed) => {
        const client = open();
        const reason = new Error('The user left.');
        for (let round = 0; round < 10; round += 1) {
          proxy.silenceAfter(answers, passed);
          const source = elasticSource({ client, index, search });
          const controller = new AbortController();
          const searching = source.search({ query, depth: 1000, signal: controller.signal });
          searching.catch(() => {});
          for (let waited = 0; proxy.fellSilent() === 0 && waited < 2000; waited += 5) await sleep(5);
          expect(proxy.fellSilent()).toBe(1);
          const aborted = performance.now();
          controller.abort(reason);
          await expect(searching).rejects.toBe(reason);
          expect(performance.now() - aborted).toBeLessThan(2_000);
          expect(await freed()).toBe(true);
        }
        proxy.silenceAfter(Number.POSITIVE_INFINITY);
        expect(await elasticSource({ client, index }).search({ query, depth: 10 })).toHaveLength(10);
        await client.close();
      },
    );

    test('without a signal the search ends at requestTimeoutMs', async () => {
      const client = open();
      proxy.silenceAfter(answers);
      const source = elasticSource({ client, index, search, requestTimeoutMs: 300 });
      await expect(source.search({ query, depth: 1000 })).rejects.toMatchObject({
        code: 'deadline-exceeded',
      });
      expect(await freed()).toBe(true);
      proxy.silenceAfter(Number.POSITIVE_INFINITY);
      await client.close();
    });
  });
});
