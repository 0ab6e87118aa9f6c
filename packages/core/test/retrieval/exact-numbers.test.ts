import { expect, test } from '@jest/globals';
import { indexDocuments, migrateDocuments, parseFilter, TwoStageRetriever } from '@secondpass/core';
import { parseJson } from '@secondpass/core/extend';
import { inMemorySource } from '@secondpass/core/testing';
import fc from 'fast-check';

const embedder = {
  name: 'test',
  dimensions: 2,
  embed: async ({ texts }: { readonly texts: readonly string[] }) => texts.map(() => Float32Array.of(1, 0)),
};
const reranker = {
  name: 'test',
  score: async ({ passages }: { readonly passages: readonly string[] }) =>
    passages.map((_, index) => ({ score: -index, rawScore: -index, tokensCut: 0 })),
};

test.each([
  ['{"field":"tweet","eq":1784530912236650497}', { field: 'tweet', eq: 1_784_530_912_236_650_497n }],
  ['{"field":"tweet","in":[1,9007199254740993]}', { field: 'tweet', in: [1, 9_007_199_254_740_993n] }],
])('%s is a filter with the integer that was written', (text, filter) => {
  expect(parseFilter(parseJson(text), 'test')).toEqual(filter);
});

test.each([
  [
    { eq: Number(1_784_530_912_236_650_497n) },
    'filter.eq is 1784530912236650500, and a number does not hold',
  ],
  [{ in: ['a', 2 ** 53] }, 'a number does not hold 9007199254740992 exactly'],
  [{ gt: -(2 ** 60) }, 'filter.gt is -1152921504606847000'],
  [{ lt: 2n ** 64n }, 'filter.lt has an integer of 20 digits'],
  [{ eq: Number.NaN }, 'filter.eq is NaN'],
  [{ eq: Number.POSITIVE_INFINITY }, 'filter.eq is Infinity'],
])('a filter with %p is refused by name', (operand, message) => {
  expect(() => parseFilter({ field: 'tweet', ...operand }, 'test')).toThrow(message);
});

test('any integer of 64 bits goes through index, search, filter and migrate', async () => {
  const integer = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n });
  const value = integer.map((one) => (one > 2n ** 53n || one < -(2n ** 53n) ? one : Number(one)));
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(value, { minLength: 1, maxLength: 8 }), async (values) => {
      const one = inMemorySource();
      const other = inMemorySource();
      const documents = values.map((tweet) => ({ id: `d${tweet}`, text: 'a text', payload: { tweet } }));
      await indexDocuments({ documents, embedder, writer: one.writer });
      expect(await indexDocuments({ documents, embedder, writer: one.writer })).toMatchObject({ written: 0 });
      await migrateDocuments({ reader: one.reader, writer: other.writer });
      const retriever = new TwoStageRetriever({ source: other.source, embedder, reranker });
      for (const tweet of values) {
        const { hits } = await retriever.retrieve('a query', { filter: { field: 'tweet', eq: tweet } });
        expect(hits.map(({ candidate }) => candidate.payload)).toEqual([{ tweet }]);
        const below = await retriever.retrieve('a query', { filter: { field: 'tweet', lt: tweet } });
        expect(below.candidateCount).toBe(values.filter((another) => another < tweet).length);
      }
    }),
    { numRuns: 50 },
  );
});

test('a neighbor of an integer gets a digest of its own', async () => {
  const { writer } = inMemorySource();
  const documentsWith = (tweet: bigint) => [{ id: 'a', text: 'a text', payload: { tweet } }];
  await indexDocuments({ documents: documentsWith(2n ** 60n + 1n), embedder, writer });
  expect(await indexDocuments({ documents: documentsWith(2n ** 60n + 3n), embedder, writer })).toMatchObject({
    written: 1,
  });
});

test('an integer that a client has rounded is told, with field and id, and fails nothing', async () => {
  const payload = { list: [{ tweet: Number(1_784_530_912_236_650_497n) }], likes: 7, size: 1e300 };
  const source = {
    name: 'careless',
    input: 'vector' as const,
    search: async () => [
      { id: 'a', text: 'a', score: 2, rank: 1, payload: { likes: 7 } },
      { id: 'b', text: 'b', score: 1, rank: 2, payload },
    ],
  };
  const { hits, degraded } = await new TwoStageRetriever({ source, embedder, reranker }).retrieve('a query');
  expect(hits).toHaveLength(2);
  expect(degraded?.reason).toContain('careless: 1 of 2 payloads have an integer beyond 2^53 as a number');
  expect(degraded?.reason).toContain('payload.list.0.tweet of "b"');
});
