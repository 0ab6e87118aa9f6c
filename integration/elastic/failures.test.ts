import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { Client as Client9 } from '@elastic/elasticsearch';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { elasticFromConfig, elasticSource, elasticWriter } from '@secondpass/adapter-elastic';
import { type Embedder, indexDocuments } from '@secondpass/core';
import { describeEngine } from '../engines.ts';
import { randomDocuments } from '../pgvector/random-documents.ts';
import { startElastic } from '../services/elastic.ts';
import { openTestIndices, type TestIndices } from './test-indices.ts';

// One thread and one place in the queue: two batches at a time are too many.
const engine = await startElastic(['9', '8'], {
  'thread_pool.write.size': '1',
  'thread_pool.write.queue_size': '1',
});
const documents = randomDocuments(400, 8);
const query = { text: 'any', vector: documents[0]!.vector };
const unreachable = { code: 'source-unreachable', cause: expect.anything() };
const embedder: Embedder = {
  name: 'by heart',
  dimensions: 8,
  embed: async ({ texts }) =>
    texts.map((text) => documents.find((document) => document.text === text)!.vector),
};

describeEngine('elastic', engine, ({ url, version, power, stop }) => {
  let indices: TestIndices;
  const withPower = power ? test : test.skip;

  beforeAll(() => {
    indices = openTestIndices({ url, version });
  });

  afterAll(async () => {
    await indices.drop();
    await stop();
  });

  test('one refused document takes its batch back, and what was there before is there again', async () => {
    const nativeFields = { year: { type: 'integer' } };
    const old = documents
      .slice(0, 3)
      .map((document) => ({ ...document, payload: { version: 'old', year: 1999 } }));
    const { source, writer, index } = await indices.filled(old, { written: { nativeFields } });
    const batch = documents.slice(0, 6).map((document, position) => ({
      ...document,
      vector: documents[position + 100]!.vector,
      digest: 'new',
      payload: { version: 'new', year: position === 4 ? 'no year' : 2000 },
    }));
    const refused = writer.write(batch);
    await expect(refused).rejects.toMatchObject({
      code: 'invalid-document',
      message: expect.stringContaining('document 4'),
    });
    expect(await writer.count()).toBe(3);
    const candidates = await source.search({ query, depth: 10 });
    expect(candidates.map(({ id }) => id).sort()).toEqual(['document 0', 'document 1', 'document 2']);
    expect(candidates.every(({ payload }) => payload?.['version'] === 'old')).toBe(true);
    expect(candidates[0]).toMatchObject({ id: 'document 0', score: expect.closeTo(1, 5) });
    expect(await writer.storedDigests(['document 0'])).toEqual(new Map([['document 0', 'digest 0']]));
    const native = await elasticSource({ client: indices.client, index }).search({
      query,
      depth: 10,
      filter: { native: { term: { 'native.year': 1999 } } },
    });
    expect(native).toHaveLength(3);

    batch[4]!.payload.year = 2004;
    await writer.write(batch);
    expect(await writer.count()).toBe(6);
  });

  test('an aborted write puts back what it replaced', async () => {
    const old = documents.slice(0, 3);
    const { source, writer } = await indices.filled(old);
    for (const wait of [0, 2, 5, 10, 20]) {
      const controller = new AbortController();
      const reason = new Error('Stop.');
      const write = writer.write(
        documents.slice(0, 50).map((document) => ({ ...document, payload: { version: 'new' } })),
        { signal: controller.signal },
      );
      const settled = write.then(
        () => 'written',
        (error: unknown) => error,
      );
      await new Promise((resolve) => setTimeout(resolve, wait));
      controller.abort(reason);
      const outcome = await settled;
      if (outcome === 'written') break;
      expect(outcome).toBe(reason);
      expect(await writer.count()).toBe(3);
      const candidates = await source.search({ query, depth: 100 });
      expect(candidates.some(({ payload }) => payload?.['version'] === 'new')).toBe(false);
    }
  });

  withPower('what Elasticsearch is too busy for (429) is sent again', async () => {
    const { index, source } = await indices.filled(documents.slice(0, 1));
    const busy: number[] = [];
    const response = (
      _: unknown,
      result: { body?: { items?: { index?: { status?: number } }[] } } | null,
    ) => {
      for (const { index: item } of result?.body?.items ?? []) if (item?.status === 429) busy.push(429);
    };
    const listen = indices.client.diagnostic.on as (event: 'response', listener: typeof response) => void;
    listen.call(indices.client.diagnostic, 'response', response);
    const writers = Array.from({ length: 16 }, async (_, part) => {
      const batch = documents.slice(part * 25, part * 25 + 25);
      await elasticWriter({ client: indices.client, index, retries: 12 }).write(batch);
    });
    await Promise.all(writers);
    expect(busy.length).toBeGreaterThan(0);
    expect(await source.search({ query, depth: 1000 })).toHaveLength(400);

    const outcomes = await Promise.allSettled(
      Array.from({ length: 24 }, (_, part) => {
        const batch = documents
          .slice(part * 16, part * 16 + 16)
          .map((document) => ({ ...document, id: `again ${document.id}` }));
        return elasticWriter({ client: indices.client, index, retries: 0 }).write(batch);
      }),
    );
    const kept = outcomes.filter(({ status }) => status === 'fulfilled').length;
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'overloaded' });
    }
    expect(kept).toBeLessThan(24);
    expect(await elasticWriter({ client: indices.client, index }).count()).toBe(400 + kept * 16);
  });

  withPower(
    'an index goes on after the memory of Elasticsearch was short (429 to every request)',
    async () => {
      const { writer, index } = await indices.filled(documents.slice(0, 3));
      const { client } = indices;
      const limit = (total: string | null) =>
        client.cluster.putSettings({ persistent: { 'indices.breaker.total.limit': total } });
      await limit('1%');
      try {
        const impatient = elasticWriter({ client, index, retries: 0 });
        const rejected = expect.objectContaining({ code: 'overloaded' });
        await expect(impatient.storedDigests(['document 0'])).rejects.toEqual(rejected);
        await expect(impatient.count()).rejects.toEqual(rejected);
        await expect(impatient.finish()).rejects.toEqual(rejected);

        const patient = Promise.all([writer.storedDigests(['document 0']), writer.count()]);
        let isRejected = false;
        client.diagnostic.once('response', (error) => {
          isRejected = error !== null;
        });
        while (!isRejected) await new Promise((resolve) => setTimeout(resolve, 10));
        await limit(null);
        const [digests, count] = await patient;
        expect([...digests.keys()]).toEqual(['document 0']);
        expect(count).toBe(3);
      } finally {
        await limit(null);
      }
    },
  );

  withPower(
    'a node that dies in the middle is source-unreachable, and is used again when it is back',
    async () => {
      const index = indices.next();
      const { source, writer } = indices.open(index);
      const plain = documents.map(({ id, text, payload }) => ({ id, text, payload: payload! }));
      const request = { documents: plain, embedder, writer, batchSize: 50 };

      let dying: Promise<void> | undefined;
      const onProgress = ({ done }: { done: number }) => {
        if (done >= 150) dying ??= power!.off();
      };
      await expect(indexDocuments({ ...request, onProgress })).rejects.toMatchObject(unreachable);
      await dying;
      await expect(source.search({ query, depth: 1 })).rejects.toMatchObject(unreachable);

      await power!.on();
      const ready = async () =>
        expect(
          await indices.client.cluster.health({ wait_for_status: 'yellow', timeout: '30s' }),
        ).toMatchObject({ timed_out: false });
      await ready();
      await expect(source.search({ query, depth: 1 })).rejects.toMatchObject({ code: 'source-incomplete' });
      const resumed = await indexDocuments(request);
      expect(resumed.done).toBe(400);
      expect(resumed.unchanged).toBeGreaterThanOrEqual(150);
      expect(await source.search({ query, depth: 400 })).toHaveLength(400);

      const searches = Promise.allSettled(
        Array.from({ length: 50 }, () => source.search({ query, depth: 400 })),
      );
      await power!.off();
      for (const outcome of await searches) {
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject(unreachable);
      }
      await expect(source.search({ query, depth: 1 })).rejects.toMatchObject(unreachable);
      await power!.on();
      await ready();
      expect(await source.search({ query, depth: 400 })).toHaveLength(400);
    },
    180_000,
  );

  test('an index that is replaced by a half-filled one is refused', async () => {
    const { index, source } = await indices.filled(documents.slice(0, 10));
    expect(await source.search({ query, depth: 10 })).toHaveLength(10);
    await indices.drop(index);
    await expect(source.search({ query, depth: 10 })).rejects.toMatchObject({ code: 'source-not-found' });
    await indices.filled(documents.slice(0, 10), { index });
    expect(await source.search({ query, depth: 10 })).toHaveLength(10);
    await indices.drop(index);
    const { writer } = indices.open(index);
    await writer.prepare({ dimensions: 8 });
    await writer.write(documents.slice(0, 5));
    await indices.client.indices.refresh({ index });
    await expect(source.search({ query, depth: 10 })).rejects.toMatchObject({ code: 'source-incomplete' });
    await indices.drop(index);
    const other = indices.open(index).writer;
    await other.prepare({ dimensions: 8 });
    await expect(writer.finish()).rejects.toMatchObject({ code: 'source-failed' });
  });

  test('many writers fill one index at once, and it ends whole', async () => {
    const index = indices.next();
    const fill = async () => {
      const { writer } = indices.open(index, { written: { retries: 12 } });
      await writer.prepare({ dimensions: 8 });
      for (let start = 0; start < 400; start += 100) await writer.write(documents.slice(start, start + 100));
      await writer.finish();
    };
    await Promise.all([fill(), fill(), fill()]);
    expect(await indices.open(index).source.search({ query, depth: 500 })).toHaveLength(400);
  });

  test('ids and payloads at the limits', async () => {
    const { writer, source } = await indices.filled(documents.slice(0, 1));
    const at = (id: string, payload: Record<string, unknown>) => ({ ...documents[1]!, id, payload });
    const refusals = [at('é'.repeat(257), {}), at('x', { bad: '\uD800' }), at('x', { fraction: Number.NaN })];
    for (const document of refusals)
      await expect(writer.write([document])).rejects.toMatchObject({ code: 'invalid-document' });
    const long = 'é'.repeat(100_000);
    const deep: unknown = JSON.parse(`${'{"d":'.repeat(25)}1${'}'.repeat(25)}`);
    const odd = { long, '': 1, '.': 2, 'a.b': 3, ' ': 4, '*': 5, deep };
    await writer.write([at('é'.repeat(256), odd)]);
    const ask = async (filter: object) =>
      (await source.search({ query, depth: 10, filter: filter as never })).length;
    expect((await source.search({ query, depth: 10 })).find(({ id }) => id.startsWith('é'))?.payload).toEqual(
      odd,
    );
    expect(await ask({ field: 'long', eq: long })).toBe(1);
    expect(await ask({ field: 'long', eq: `${long}x` })).toBe(0);
    expect(await ask({ field: 'long', gte: 'é' })).toBe(1);
    expect(await ask({ field: `deep${'.d'.repeat(25)}`, eq: 1 })).toBe(1);
    let nested: object = { field: 'long', exists: true };
    for (let level = 0; level < 31; level += 1) nested = level % 2 ? { and: [nested] } : { not: nested };
    expect(await ask(nested)).toBe(1);
    expect(await writer.delete(['é'.repeat(257), '', 'é'.repeat(256)])).toBe(1);
  });

  test('an engine that never answers is given up after requestTimeoutMs', async () => {
    const server = createServer(() => {}).listen(0);
    const { port } = server.address() as AddressInfo;
    const client = new Client9({ node: `http://127.0.0.1:${port}` });
    const started = Date.now();
    const shared = new AbortController();
    let aborts = 0;
    shared.signal.addEventListener('abort', () => (aborts += 1));
    const source = elasticSource({ client, index: 'nowhere', requestTimeoutMs: 300 });
    await expect(source.search({ query, depth: 1, signal: shared.signal })).rejects.toMatchObject({
      code: 'deadline-exceeded',
    });
    expect(Date.now() - started).toBeLessThan(10_000);
    expect(aborts).toBe(0);
    await client.close();
    server.closeAllConnections();
    server.close();
  });

  test('a client of a later version than the server is told what to install', async () => {
    const older = await startElastic(['8']);
    if ('notRun' in older) return;
    const client = new Client9({ node: older.url });
    const own = openTestIndices(older);
    try {
      const refused = {
        code: 'source-failed',
        nextStep: expect.stringContaining('@elastic/elasticsearch@8'),
      };
      const options = { client, index: own.next() };
      await expect(elasticWriter(options).prepare({ dimensions: 8 })).rejects.toMatchObject(refused);
      const { writer } = own.open(options.index);
      await writer.prepare({ dimensions: 8 });
      await writer.finish();
      await expect(elasticSource(options).search({ query, depth: 1 })).rejects.toMatchObject(refused);
    } finally {
      await own.drop();
      await client.close();
      await older.stop();
    }
  });

  test('wrong credentials and hosts say which, and keep the secret', async () => {
    const server = createServer((request, response) => {
      const status = request.headers.authorization?.startsWith('ApiKey') ? 403 : 401;
      const type = 'security_exception';
      const error = { type, reason: 'not allowed', root_cause: [{ type, reason: 'not allowed' }] };
      response.writeHead(status, {
        'content-type': 'application/json',
        'x-elastic-product': 'Elasticsearch',
      });
      response.end(JSON.stringify({ error, status }));
    }).listen(0);
    const { port } = server.address() as AddressInfo;
    const tell = async (sign: object, host = `http://127.0.0.1:${port}`) => {
      const { source, close } = await elasticFromConfig({ url: host, index: 'nowhere', ...sign });
      const error = await source.search({ query, depth: 1 }).catch((reason: unknown) => reason);
      await close();
      await close();
      expect(inspect(error, { depth: 10 })).not.toContain('hush');
      return error;
    };
    expect(await tell({ apiKey: 'hush-hush' })).toMatchObject({
      ...unreachable,
      nextStep: expect.stringContaining('privileges'),
    });
    expect(await tell({ username: 'me', password: 'hush' })).toMatchObject({
      ...unreachable,
      nextStep: expect.stringContaining('password'),
    });
    expect(await tell({ headers: { 'x-proxy-token': 'hush' } })).toMatchObject(unreachable);
    expect(await tell({}, 'http://no-such-host.invalid:9200')).toMatchObject(unreachable);
    server.closeAllConnections();
    server.close();
  });
});
