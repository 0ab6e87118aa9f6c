import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { QdrantClient } from '@qdrant/js-client-rest';
import { qdrantSource } from '../src/index.ts';
import { type ListeningServer, listen } from './http-server.ts';

const query = { text: 'any', vector: Float32Array.of(1, 0) };
const collection = {
  result: { status: 'green', config: { params: { vectors: { size: 2, distance: 'Cosine' } } } },
};
/** Requests of a first search: what the collection is, the search, and the exact one. */
const steps = ['the collection', 'the search', 'the exact search'];

describe('a server that goes silent', () => {
  let server: ListeningServer;
  const hanging = new Set<Socket>();
  let answered = 0;
  let silentAfter = Number.POSITIVE_INFINITY;
  let passed: 'nothing' | 'the head' | 'half of the body' = 'nothing';

  beforeAll(async () => {
    server = await listen(async (request, response) => {
      request.resume();
      await once(request, 'end');
      const body = JSON.stringify(request.method === 'GET' ? collection : { result: { points: [] } });
      if (answered >= silentAfter) return hang(request.socket, response, body);
      answered += 1;
      response.writeHead(200, { 'content-type': 'application/json' }).end(body);
    });
  });

  afterAll(() => server.close());

  function hang(socket: Socket, response: ServerResponse, body: string): void {
    hanging.add(socket);
    socket.once('close', () => hanging.delete(socket));
    if (passed === 'nothing') return;
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
    if (passed === 'the head') response.flushHeaders();
    else response.write(body.slice(0, body.length / 2));
  }

  async function until(condition: () => boolean): Promise<void> {
    // Turns are counted and no time: after a pause of the whole process, requests that arrived still have to be handled.
    for (let turns = 0; !condition(); turns += 1) {
      if (turns === 500) throw new Error('What the test waits for did not come.');
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  describe.each(steps.map((step, index) => [step, index] as const))('at %s', (_, step) => {
    test.each(['nothing', 'the head', 'half of the body'] as const)(
      'after %s: ten aborted searches reject at once and release their connections',
      async (part) => {
        const client = new QdrantClient({
          url: server.url,
          timeout: Number.POSITIVE_INFINITY,
          checkCompatibility: false,
          maxConnections: 10,
        });
        [answered, silentAfter, passed] = [0, Number.POSITIVE_INFINITY, part];
        const reason = new Error('The user left.');
        const controller = new AbortController();
        // The first searches come to the step one by one, so that each of the ten hangs at it.
        const searches: Promise<unknown>[] = [];
        for (let search = 0; search < 10; search += 1) {
          [answered, silentAfter] = [0, step];
          const source = qdrantSource({ client, collection: 'articles', whenShort: 'exact' });
          searches.push(source.search({ query, depth: 3, signal: controller.signal }));
          await until(() => hanging.size === search + 1);
        }
        const settled = Promise.allSettled(searches);
        const aborted = performance.now();
        controller.abort(reason);
        for (const outcome of await settled) expect(outcome).toEqual({ status: 'rejected', reason });
        expect(performance.now() - aborted).toBeLessThan(2_000);
        await until(() => hanging.size === 0);
        silentAfter = Number.POSITIVE_INFINITY;
        const next = qdrantSource({ client, collection: 'articles' });
        expect(await next.search({ query, depth: 3 })).toEqual([]);
      },
    );

    test('without a signal the search ends at requestTimeoutMs', async () => {
      const client = new QdrantClient({
        url: server.url,
        timeout: Number.POSITIVE_INFINITY,
        checkCompatibility: false,
      });
      [answered, silentAfter, passed] = [0, step, 'nothing'];
      const options = { client, collection: 'articles', whenShort: 'exact', requestTimeoutMs: 100 } as const;
      const search = qdrantSource(options).search({ query, depth: 3 });
      await expect(search).rejects.toMatchObject({ code: 'deadline-exceeded' });
      await until(() => hanging.size === 0);
    });
  });
});
