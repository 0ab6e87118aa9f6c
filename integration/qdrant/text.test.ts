import { beforeAll, expect, test } from '@jest/globals';
import { qdrantSource, qdrantWriter } from '@secondpass/adapter-qdrant';
import { corpus, queries } from '@secondpass/core/testing';
import { describeQdrant } from './engines.ts';

const documents = [
  ...corpus.map(({ payload, ...document }) => ({
    ...document,
    ...(payload && { payload }),
    digest: document.id,
  })),
  {
    ...corpus[0]!,
    id: 'cjk',
    text: '東京都で美味しいパンを焼く。',
    digest: 'cjk',
    payload: { subject: 'baking' },
  },
];
const parameters = { k1: 1.2, b: 0.75, averageLength: 12 };

describeQdrant(({ collections }) => {
  const { client } = collections;
  const collection = collections.next();
  const open = () => qdrantSource({ client, collection, match: 'text' });

  beforeAll(async () => {
    const writer = qdrantWriter({ client, collection, lexical: parameters });
    await writer.prepare({ dimensions: 4 });
    await writer.write(documents);
    await writer.finish();
  });

  /** BM25 written out, with the IDF that Qdrant documents: ln(1 + (N − n + 0.5) / (n + 0.5)). */
  function bm25(query: string): readonly (readonly [string, number])[] {
    const words = (text: string): readonly string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
    const texts = documents
      .filter(({ id }) => id !== 'cjk')
      .map(({ id, text }) => [id, words(text)] as const);
    const scored = texts.map(([id, all]) => {
      let score = 0;
      for (const word of new Set(words(query))) {
        const containing = texts.filter(([, others]) => others.includes(word)).length;
        const idf = Math.log(1 + (documents.length - containing + 0.5) / (containing + 0.5));
        const frequency = all.filter((other) => other === word).length;
        const { k1, b, averageLength } = parameters;
        score += (idf * frequency * (k1 + 1)) / (frequency + k1 * (1 - b + (b * all.length) / averageLength));
      }
      return [id, score] as const;
    });
    return scored.filter(([, score]) => score > 0).sort((a, c) => c[1] - a[1]);
  }

  test.each([...queries.map(({ text }) => text), 'salt', 'the moon and the water', 'THE oven'])(
    'scores are those of BM25: %s',
    async (text) => {
      const candidates = await open().search({ query: { text }, depth: 100 });
      const expected = new Map(bm25(text));
      expect(new Set(candidates.map(({ id }) => id))).toEqual(new Set(expected.keys()));
      for (const { id, score } of candidates) expect(score).toBeCloseTo(expected.get(id)!, 4);
      expect(candidates.map(({ rank }) => rank)).toEqual(candidates.map((_, index) => index + 1));
    },
  );

  test('words of scripts without spaces are found inside of longer runs', async () => {
    const found = await open().search({ query: { text: '京都のパン' }, depth: 5 });
    expect(found.map(({ id }) => id)).toEqual(['cjk']);
  });

  test('nothing to ask for finds nothing; what cannot be asked is refused', async () => {
    expect(await open().search({ query: { text: '?! …' }, depth: 5 })).toEqual([]);
    expect(await open().search({ query: { text: 'zeppelin' }, depth: 5 })).toEqual([]);
    await expect(open().search({ query: { text: ' ' }, depth: 5 })).rejects.toMatchObject({
      code: 'invalid-query',
    });
  });

  test('filters hold', async () => {
    const filter = { field: 'published', lt: '2025' };
    const found = await open().search({
      query: { text: 'the salt of the sea and the moon' },
      depth: 100,
      filter,
    });
    expect(found.map(({ id }) => id).sort()).toEqual(
      ['sea-rope', 'sea-tide', 'sky-lens'].filter((id) => found.some((one) => one.id === id)),
    );
    expect(found.length).toBeGreaterThan(0);
  });

  test('the same collection is searched by vector as well', async () => {
    const [best] = await qdrantSource({ client, collection }).search({ query: queries[2], depth: 1 });
    expect(best?.id).toBe('sky-moon');
  });

  test('a collection without sparse vectors says so', async () => {
    const plain = collections.next();
    const writer = qdrantWriter({ client, collection: plain });
    await writer.prepare({ dimensions: 4 });
    await writer.finish();
    const search = qdrantSource({ client, collection: plain, match: 'text' }).search({
      query: { text: 'a' },
      depth: 1,
    });
    await expect(search).rejects.toMatchObject({
      code: 'source-not-found',
      nextStep: expect.stringContaining('lexical'),
    });
    const again = qdrantWriter({ client, collection: plain, lexical: true }).prepare({ dimensions: 4 });
    await expect(again).rejects.toMatchObject({ code: 'invalid-options' });
  });
});
