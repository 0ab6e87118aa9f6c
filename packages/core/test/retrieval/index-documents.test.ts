import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { type Document, type Embedder, indexDocuments } from '../../src/index.ts';
import { inMemorySource } from '../../src/testing/in-memory-source.ts';

/** Counts what it is asked for; its vectors only need to differ. */
function countingEmbedder(): Embedder & { embedded: number } {
  return {
    name: 'counting',
    dimensions: 2,
    embedded: 0,
    async embed({ texts }) {
      this.embedded += texts.length;
      return texts.map((text) => Float32Array.of(text.length, 1));
    },
  };
}

function cyclic(): Record<string, unknown> {
  const payload: Record<string, unknown> = {};
  payload['self'] = payload;
  return payload;
}

const documents = (count: number): Document[] =>
  Array.from({ length: count }, (_, index) => ({ id: `${index}`, text: `passage number ${index}` }));

describe('indexDocuments', () => {
  test('stores every document, and reports progress batch by batch', async () => {
    const { writer } = inMemorySource();
    const seen: number[] = [];
    const result = await indexDocuments({
      documents: documents(25),
      embedder: countingEmbedder(),
      writer,
      batchSize: 10,
      onProgress: ({ done }) => seen.push(done),
    });
    expect(result).toEqual({ done: 25, written: 25, unchanged: 0 });
    expect(seen).toEqual([10, 20, 25]);
    expect(await writer.count()).toBe(25);
  });

  test('run again, embeds only what is new or changed', async () => {
    const { writer } = inMemorySource();
    const embedder = countingEmbedder();
    await indexDocuments({ documents: documents(20), embedder, writer });
    const changed = documents(22).map((document) =>
      document.id === '3' ? { ...document, payload: { a: 1 } } : document,
    );
    const result = await indexDocuments({ documents: changed, embedder, writer });
    expect(result).toEqual({ done: 22, written: 3, unchanged: 19 });
    expect(embedder.embedded).toBe(23);
  });

  test('embeds everything again when the embedder has another fingerprint', async () => {
    const { writer } = inMemorySource();
    await indexDocuments({ documents: documents(5), embedder: countingEmbedder(), writer });
    const retrained = { ...countingEmbedder(), fingerprint: 'other weights' };
    const result = await indexDocuments({ documents: documents(5), embedder: retrained, writer });
    expect(result).toEqual({ done: 5, written: 5, unchanged: 0 });
  });

  test('interrupted, goes on where it stopped', async () => {
    const { writer, source } = inMemorySource();
    const embedder = countingEmbedder();
    const controller = new AbortController();
    const reason = new Error('stop');
    const interrupted = indexDocuments({
      documents: documents(30),
      embedder,
      writer,
      batchSize: 10,
      signal: controller.signal,
      onProgress: ({ done }) => done === 20 && controller.abort(reason),
    });
    await expect(interrupted).rejects.toBe(reason);
    const query = { text: 'q', vector: Float32Array.of(1, 1) };
    await expect(source.search({ query, depth: 5 })).rejects.toMatchObject({ code: 'source-incomplete' });
    const result = await indexDocuments({ documents: documents(30), embedder, writer, batchSize: 10 });
    expect(result).toEqual({ done: 30, written: 10, unchanged: 20 });
    expect(await source.search({ query, depth: 5 })).toHaveLength(5);
  });

  test('embeds the next batch while one is written, and asks the writer one thing at a time', async () => {
    const { writer } = inMemorySource();
    const second = Promise.withResolvers<void>();
    let batches = 0;
    const embedder: Embedder = {
      name: 'noted',
      dimensions: 2,
      async embed({ texts }) {
        batches += 1;
        if (batches === 2) second.resolve();
        await setImmediate();
        return texts.map(() => Float32Array.of(1, 1));
      },
    };
    let atOnce = 0;
    let mostAtOnce = 0;
    const alone = async <T>(work: Promise<T>): Promise<T> => {
      atOnce += 1;
      mostAtOnce = Math.max(mostAtOnce, atOnce);
      return work.finally(() => {
        atOnce -= 1;
      });
    };
    const waiting = {
      ...writer,
      storedDigests: (...asked: Parameters<typeof writer.storedDigests>) =>
        alone(writer.storedDigests(...asked)),
      // Where the next batch is not embedded meanwhile, this never ends.
      write: (...asked: Parameters<typeof writer.write>) =>
        alone(second.promise.then(() => writer.write(...asked))),
    };
    await indexDocuments({ documents: documents(25), embedder, writer: waiting, batchSize: 10 });
    expect(await writer.count()).toBe(25);
    expect(mostAtOnce).toBe(1);
  });

  test('stores what is embedded while the stream pauses', async () => {
    const { writer } = inMemorySource();
    const stored = Promise.withResolvers<void>();
    async function* stream() {
      yield* documents(2);
      await stored.promise;
      yield { id: 'later', text: 'after a pause' };
    }
    const result = await indexDocuments({
      documents: stream(),
      embedder: countingEmbedder(),
      writer,
      batchSize: 2,
      onProgress: () => stored.resolve(),
    });
    expect(result).toEqual({ done: 3, written: 3, unchanged: 0 });
  });

  test('stores the batches before a failure of the stream', async () => {
    const { writer } = inMemorySource();
    async function* stream() {
      yield* documents(4);
      throw new Error('the file ends here');
    }
    const embedder = countingEmbedder();
    const indexing = indexDocuments({ documents: stream(), embedder, writer, batchSize: 2 });
    await expect(indexing).rejects.toThrow('the file ends here');
    expect(await writer.count()).toBe(4);
  });

  test.each(['write', 'embed'])(
    'a failing %s ends it, and the batch that is being embedded',
    async (what) => {
      const { writer } = inMemorySource();
      const aborted: unknown[] = [];
      let batches = 0;
      const embedder: Embedder = {
        name: 'slow',
        dimensions: 2,
        async embed({ texts, signal }) {
          batches += 1;
          if (batches > 1) {
            // It ends by its signal only.
            return new Promise((_, reject) => {
              signal!.addEventListener('abort', () => {
                aborted.push(batches);
                reject(signal!.reason);
              });
            });
          }
          await setImmediate();
          if (what === 'embed') throw new Error('full');
          return texts.map(() => Float32Array.of(1, 1));
        },
      };
      const full = {
        ...writer,
        write: async () => {
          throw new Error('full');
        },
      };
      const indexing = indexDocuments({ documents: documents(6), embedder, writer: full, batchSize: 2 });
      await expect(indexing).rejects.toThrow('full');
      expect(await writer.count()).toBe(0);
      expect(aborted).toEqual([2]);
    },
  );

  test.each([
    ['an empty text', { id: 'x', text: '' }, 'invalid-document', 'is empty'],
    ['a NUL', { id: 'x', text: 'a\0b' }, 'invalid-document', 'NUL'],
    ['a lone surrogate', { id: 'x', text: '\udc00' }, 'invalid-document', 'surrogate'],
    ['a huge text', { id: 'x', text: 'y'.repeat(300_000) }, 'invalid-document', 'limit of 262,144'],
    ['an empty id', { id: '', text: 'a' }, 'invalid-document', 'documents[3].id'],
    ['an id of 600 bytes', { id: 'é'.repeat(300), text: 'a' }, 'invalid-document', 'documents[3].id'],
    ['a payload that is a list', { id: 'x', text: 'a', payload: [] as never }, 'invalid-document', 'payload'],
    [
      'NaN in the payload',
      { id: 'x', text: 'a', payload: { a: [Number.NaN] } },
      'invalid-document',
      'payload.a.0 is NaN',
    ],
    [
      'NUL in the payload',
      { id: 'x', text: 'a', payload: { a: { b: '\0' } } },
      'invalid-document',
      'payload.a.b has a NUL',
    ],
    ['NUL in a key', { id: 'x', text: 'a', payload: { 'a\0': 1 } }, 'invalid-document', 'a key in payload'],
    [
      'a date object',
      { id: 'x', text: 'a', payload: { at: new Date() } },
      'invalid-document',
      'payload.at is not a JSON',
    ],
    [
      'a bigint of more than 64 bits',
      { id: 'x', text: 'a', payload: { n: 2n ** 64n } },
      'invalid-document',
      'payload.n is an integer of more than 64 bits',
    ],
    [
      'a payload that holds itself',
      { id: 'x', text: 'a', payload: cyclic() },
      'invalid-document',
      '32 levels',
    ],
    ['an id that is taken', { id: '1', text: 'a' }, 'duplicate-id', 'documents[3] and documents[1]'],
  ])('refuses a list with %s, and writes nothing of it', async (_, bad, code, words) => {
    const { writer } = inMemorySource();
    const embedder = countingEmbedder();
    const indexing = indexDocuments({ documents: [...documents(3), bad], embedder, writer, batchSize: 1 });
    await expect(indexing).rejects.toMatchObject({ code });
    await expect(indexing).rejects.toThrow(words);
    expect(embedder.embedded).toBe(0);
    expect(await writer.count()).toBe(0);
  });

  test('finds an id that a stream repeats in a later batch', async () => {
    const { writer } = inMemorySource();
    async function* stream() {
      yield* documents(5);
      yield { id: '2', text: 'again' };
    }
    const indexing = indexDocuments({
      documents: stream(),
      embedder: countingEmbedder(),
      writer,
      batchSize: 2,
    });
    await expect(indexing).rejects.toMatchObject({ code: 'duplicate-id' });
  });
});
