import { expect, test } from '@jest/globals';
import { qdrantFromConfig, qdrantReader, qdrantSource, qdrantWriter } from '@secondpass/adapter-qdrant';
import { type DocumentReader, migrateDocuments, type StoredDocument } from '@secondpass/core';
import { corpus, queries } from '@secondpass/core/testing';
import { describeQdrant } from './engines.ts';
import { randomDocuments } from './random-documents.ts';

async function everything(reader: DocumentReader, batchSize?: number): Promise<StoredDocument[]> {
  const found: StoredDocument[] = [];
  for await (const batch of reader.read(batchSize === undefined ? {} : { batchSize })) found.push(...batch);
  return found;
}

const byId = (a: { readonly id: string }, b: { readonly id: string }) => (a.id < b.id ? -1 : 1);

describeQdrant(({ url, collections }) => {
  const { client } = collections;

  test.each([
    [{}, {}],
    [{ vectorName: 'dense' }, {}],
    [{}, { lexical: true }],
    [{ vectorName: 'dense' }, { lexical: true }],
  ])('gives back what was stored: %j, %j', async (layout, written) => {
    const options = { client, collection: collections.next(), ...layout };
    const documents = [
      ...randomDocuments(250, 5),
      {
        id: 'say "x"',
        text: 'Text.',
        vector: Float32Array.of(1, 2, 3, 4, 5),
        payload: { 'a"b': 0.1 + 0.2 },
        digest: 'd',
      },
      { id: 'bare', text: 'Text.', vector: Float32Array.of(1, 2, 3, 4, 0.1), digest: 'd' },
    ];
    const writer = qdrantWriter({ ...options, metric: 'inner-product', ...written });
    await writer.prepare({ dimensions: 5 });
    await writer.write(documents);
    await writer.finish();
    const reader = qdrantReader(options);
    expect(await reader.dimensions()).toBe(5);
    expect(await reader.count()).toBe(documents.length);
    for (const batchSize of [1, 100, 252, 1000]) {
      expect((await everything(reader, batchSize)).sort(byId)).toEqual(documents.toSorted(byId));
    }
  });

  test('reads what others stored, and leaves out what was never searchable', async () => {
    const collection = collections.next();
    await client.createCollection(collection, {
      vectors: { image: { size: 2, distance: 'Dot' }, other: { size: 1, distance: 'Dot' } },
    });
    await client.upsert(collection, {
      points: [
        { id: 1, vector: { image: [1, 2] }, payload: { text: 'One.', year: 1 } },
        { id: 2, vector: { other: [1] }, payload: { text: 'Not of an image.' } },
      ],
    });
    const reader = qdrantReader({ client, collection, vectorName: 'image', payloadField: null });
    expect(await reader.count()).toBe(1);
    const [only, ...more] = await everything(reader);
    expect([only, more]).toEqual([
      {
        id: '1',
        text: 'One.',
        payload: { year: 1 },
        vector: Float32Array.of(1, 2),
        digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
      [],
    ]);
    expect((await everything(reader))[0]?.digest).toBe(only?.digest);
  });

  test('copies one collection to another, and copies nothing twice', async () => {
    const from = { client, collection: collections.next() };
    const to = { client, collection: collections.next() };
    const documents = randomDocuments(120, 4);
    const writer = qdrantWriter(from);
    await writer.prepare({ dimensions: 4 });
    await writer.write(documents);
    await writer.finish();
    const request = { reader: qdrantReader(from), writer: qdrantWriter(to), batchSize: 50 };
    expect(await migrateDocuments(request)).toEqual({ done: 120, written: 120, unchanged: 0 });
    expect(await migrateDocuments(request)).toEqual({ done: 120, written: 0, unchanged: 120 });
    const search = async (options: typeof from) =>
      (
        await qdrantSource(options).search({
          query: { text: 'any', vector: documents[3]!.vector },
          depth: 20,
        })
      ).map(({ id }) => id);
    expect(await search(to)).toEqual(await search(from));
  });

  test('a missing collection, a closed reader and an aborted one are told', async () => {
    const options = { client, collection: collections.next() };
    const reader = qdrantReader(options);
    await expect(reader.count()).rejects.toMatchObject({ code: 'source-not-found' });
    await expect(everything(reader)).rejects.toMatchObject({ code: 'source-not-found' });
    const reason = new Error('Stop.');
    await expect(reader.dimensions({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await reader.close?.();
    await expect(reader.count()).rejects.toMatchObject({ code: 'closed' });
  });

  test('one configuration fills, searches by vector and text at once, and reads', async () => {
    const apiKey = process.env['QDRANT_API_KEY'];
    const { source, writer, reader, close } = await qdrantFromConfig({
      url,
      collection: collections.next(),
      match: 'hybrid',
      ...(apiKey && { apiKey }),
    });
    await writer.prepare({ dimensions: 4 });
    await writer.write(corpus.map((document) => ({ ...document, digest: 'd' })));
    await writer.finish();
    // The vector asks for the moon, the text for a tap.
    const found = await source.search({
      query: { text: 'dripping tap', vector: queries[2].vector },
      depth: 5,
    });
    expect(found.slice(0, 3).map(({ id }) => id)).toEqual(expect.arrayContaining(['sky-moon', 'fix-tap']));
    expect(found.map(({ rank }) => rank)).toEqual([1, 2, 3, 4, 5]);
    expect(await reader.count()).toBe(corpus.length);
    await close();
    await expect(source.search({ query: queries[2], depth: 5 })).rejects.toMatchObject({ code: 'closed' });
  });
});
