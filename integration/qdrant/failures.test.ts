import { expect, test } from '@jest/globals';
import { qdrantFromConfig, qdrantSource, qdrantWriter } from '@secondpass/adapter-qdrant';
import { type Embedder, indexDocuments } from '@secondpass/core';
import { describeQdrant } from './engines.ts';
import { randomDocuments } from './random-documents.ts';

const documents = randomDocuments(400, 8);
const query = { text: 'any', vector: documents[0]!.vector };
const unreachable = { code: 'source-unreachable', cause: expect.anything() };
const embedder: Embedder = {
  name: 'by heart',
  dimensions: 8,
  embed: async ({ texts }) =>
    texts.map((text) => documents.find((document) => document.text === text)!.vector),
};

describeQdrant(({ url, collections, power }) => {
  const { client } = collections;
  const withPower = power ? test : test.skip;

  withPower(
    'a server that dies in the middle is source-unreachable, and is used again when it is back',
    async () => {
      const options = { client, collection: collections.next() };
      const source = qdrantSource(options);
      const plain = documents.map(({ id, text, payload }) => ({ id, text, payload: payload! }));
      const request = { documents: plain, embedder, writer: qdrantWriter(options), batchSize: 50 };

      let dying: Promise<void> | undefined;
      const onProgress = ({ done }: { done: number }) => {
        if (done >= 150) dying ??= power!.off();
      };
      await expect(indexDocuments({ ...request, onProgress })).rejects.toMatchObject(unreachable);
      await dying;
      await expect(source.search({ query, depth: 1 })).rejects.toMatchObject(unreachable);
      await expect(request.writer.count()).rejects.toMatchObject(unreachable);

      await power!.on();
      await expect(source.search({ query, depth: 1 })).rejects.toMatchObject({ code: 'source-incomplete' });
      const resumed = await indexDocuments(request);
      expect(resumed.done).toBe(400);
      expect(resumed.unchanged).toBeGreaterThanOrEqual(150);
      expect(resumed.unchanged % 50).toBe(0);
      expect(await source.search({ query, depth: 400 })).toHaveLength(400);

      const searches = Promise.allSettled(
        Array.from({ length: 40 }, () => source.search({ query, depth: 400 })),
      );
      await power!.off();
      for (const outcome of await searches) {
        if (outcome.status === 'rejected') expect(outcome).toMatchObject({ reason: unreachable });
        else expect(outcome.value).toHaveLength(400);
      }
      await power!.on();
      expect(await source.search({ query, depth: 400 })).toHaveLength(400);
    },
  );

  test('two processes that fill one collection at once end with one whole collection', async () => {
    const options = { client, collection: collections.next() };
    const fill = async () => {
      const writer = qdrantWriter(options);
      await writer.prepare({ dimensions: 8 });
      for (let start = 0; start < 400; start += 40)
        await writer.write(documents.slice(start, start + 40).toReversed());
      await writer.finish();
    };
    await Promise.all([fill(), fill(), fill()]);
    expect(await qdrantSource(options).search({ query, depth: 500 })).toHaveLength(400);
    expect(await qdrantWriter(options).count()).toBe(400);
  });

  test('an aborted write stores all or nothing, whenever it is aborted', async () => {
    const options = { client, collection: collections.next() };
    const writer = qdrantWriter(options);
    await writer.prepare({ dimensions: 8 });
    for (const wait of [0, 1, 3, 6, 12]) {
      const controller = new AbortController();
      const write = writer.write(documents, { signal: controller.signal });
      setTimeout(() => controller.abort(), wait);
      const stored = await write.then(
        () => true,
        () => false,
      );
      expect(await writer.count()).toBe(stored ? documents.length : 0);
      await writer.delete(documents.map(({ id }) => id));
    }
  });

  test('more ids than one request takes are told and deleted', async () => {
    const many = randomDocuments(2500, 2);
    const writer = qdrantWriter({ client, collection: collections.next(), stringOrder: false });
    await writer.prepare({ dimensions: 2 });
    await writer.write(many);
    const ids = many.map(({ id }) => id);
    expect((await writer.storedDigests([...ids, ...ids, 'missing'])).size).toBe(2500);
    expect(await writer.delete([...ids, ...ids, 'missing'])).toBe(2500);
    expect(await writer.count()).toBe(0);
  });

  test('a collection that is replaced by another is looked at again', async () => {
    const options = { client, collection: collections.next() };
    const source = qdrantSource(options);
    const fill = async (dimensions: number) => {
      const writer = qdrantWriter(options);
      await writer.prepare({ dimensions });
      await writer.write(randomDocuments(3, dimensions));
      await writer.finish();
    };
    await fill(8);
    expect(await source.search({ query, depth: 9 })).toHaveLength(3);
    await collections.drop(options.collection);
    await expect(source.search({ query, depth: 9 })).rejects.toMatchObject({ code: 'source-not-found' });
    await fill(2);
    await expect(source.search({ query, depth: 9 })).rejects.toMatchObject({ code: 'dimension-mismatch' });
    const short = { text: 'any', vector: Float32Array.of(1, 1) };
    expect(await source.search({ query: short, depth: 9 })).toHaveLength(3);
  });

  test('hostile names of collections and fields are data', async () => {
    for (const suffix of ["a'; --", 'a%2Fb', 'a b#c', '{x}', 'Ünïcödé', '..%2f..']) {
      const options = {
        client,
        collection: collections.adopt(`${collections.next()}${suffix}`),
        textField: 'say [it] $.*',
        payloadField: 'meta data.x',
      };
      const writer = qdrantWriter(options);
      await writer.prepare({ dimensions: 8 });
      await writer.write(documents.slice(0, 3));
      await writer.finish();
      const [best] = await qdrantSource(options).search({
        query,
        depth: 1,
        filter: { field: 'number', lte: 0 },
      });
      expect(best).toMatchObject({
        id: 'document 0',
        text: documents[0]!.text,
        payload: documents[0]!.payload,
      });
      await collections.drop(options.collection);
    }
  });

  test('opens by URL, and its signal ends the request', async () => {
    const apiKey = process.env['QDRANT_API_KEY'];
    const opened = await qdrantFromConfig({
      url,
      collection: collections.next(),
      exact: true,
      ...(apiKey && { apiKey }),
    });
    await opened.writer.prepare({ dimensions: 8 });
    await opened.writer.write(documents);
    await opened.writer.finish();
    expect(await opened.source.search({ query, depth: 5 })).toHaveLength(5);
    const controller = new AbortController();
    const reason = new Error('The user left.');
    const search = opened.source.search({ query, depth: 400, signal: controller.signal });
    controller.abort(reason);
    await expect(search).rejects.toBe(reason);
    await opened.close();
    await expect(opened.source.search({ query, depth: 5 })).rejects.toMatchObject({ code: 'closed' });
  });
});
