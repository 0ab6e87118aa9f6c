import { expect, test } from '@jest/globals';
import { ContextualCompressionRetriever } from '@langchain/classic/retrievers/contextual_compression';
import { MemoryVectorStore } from '@langchain/classic/vectorstores/memory';
import { Document } from '@langchain/core/documents';
import { Embeddings } from '@langchain/core/embeddings';
import { type Embedder, type Reranker, TwoStageRetriever } from '@secondpass/core';
import { BaseDocumentCompressor as Compressor0 } from 'langchain-core-0/retrievers/document_compressors';
import { FakeVectorStore } from 'langchain-core-0/utils/testing';
import { RerankCompressor, SecondpassRetriever, vectorStoreSource } from '../src/index.ts';

const vocabulary = ['yeast', 'salt', 'dough', 'harbor'];
const vectorOf = (text: string) => [0.1, ...vocabulary.map((word) => Number(text.includes(word)))];
const embeddings = new (class extends Embeddings {
  override embedDocuments = async (texts: string[]) => texts.map(vectorOf);
  override embedQuery = async (text: string) => vectorOf(text);
})({});
const embedder: Embedder = {
  name: 'words',
  dimensions: 5,
  embed: async ({ texts }) => texts.map((text) => Float32Array.from(vectorOf(text))),
};
/** The longer, the better. */
const reranker: Reranker = {
  name: 'length',
  score: (async ({ passages }: { passages: readonly string[] }) =>
    passages.map(({ length }) => ({
      score: length / 100,
      rawScore: length,
      tokensCut: 0,
    }))) as Reranker['score'],
};
const silent: Reranker = { name: 'silent', score: () => new Promise<never>(() => {}) };
const documents = [
  new Document({ id: 'a', pageContent: 'yeast', metadata: { page: 1, deep: { kept: true } } }),
  new Document({ id: 'b', pageContent: 'yeast and salt', metadata: { page: 2 } }),
  new Document({ id: 'c', pageContent: 'the harbor', metadata: { page: 3 } }),
];
async function memoryStore() {
  const store = new MemoryVectorStore(embeddings);
  await store.addDocuments(documents);
  return store;
}

test('ContextualCompressionRetriever gets the best, with ids and metadata, and the input stays as it was', async () => {
  const before = structuredClone(documents.map((document) => ({ ...document })));
  const retriever = new ContextualCompressionRetriever({
    baseRetriever: (await memoryStore()).asRetriever(3),
    baseCompressor: new RerankCompressor({ reranker, topN: 2 }),
  });
  const found = await retriever.invoke('yeast');
  expect(found.map(({ id, metadata }) => [id, metadata])).toEqual([
    ['b', { page: 2, relevanceScore: 0.14 }],
    ['c', { page: 3, relevanceScore: 0.1 }],
  ]);
  await new RerankCompressor({ reranker }).compressDocuments(documents, 'yeast');
  expect(documents.map((document) => ({ ...document }))).toEqual(before);
});

test('empty lists, documents without text, and a topN above the list', async () => {
  const compressor = new RerankCompressor({ reranker, topN: 10 });
  expect(await compressor.compressDocuments([], 'yeast')).toEqual([]);
  const mixed = [new Document({ pageContent: '', metadata: { page: 0 } }), documents[0]!];
  const found = await compressor.compressDocuments(mixed, 'yeast');
  expect(found.map(({ metadata }) => metadata)).toEqual([
    { page: 1, deep: { kept: true }, relevanceScore: 0.05 },
    { page: 0 },
  ]);
  await expect(compressor.compressDocuments(documents, '')).rejects.toMatchObject({ code: 'invalid-query' });
});

test("a compressor's signal ends its wait, and LangChain 0.3 takes it for a compressor", async () => {
  const signal = AbortSignal.timeout(20);
  const compressor = new RerankCompressor({ reranker: silent, signal });
  expect(Compressor0.isBaseDocumentCompressor(compressor)).toBe(true);
  await expect(compressor.compressDocuments(documents, 'yeast')).rejects.toHaveProperty(
    'name',
    'TimeoutError',
  );
});

test('a vector store of LangChain is stage 1, and both stages are a retriever', async () => {
  const source = vectorStoreSource(await memoryStore());
  const retriever = new TwoStageRetriever({ source, embedder, reranker, topK: 2 });
  const found = await new SecondpassRetriever({ retriever }).invoke('yeast');
  expect(source.name).toBe('langchain:memory');
  expect(found.map(({ id }) => id)).toEqual(['b', 'c']);
  expect(found[0]!.metadata).toEqual({ page: 2, relevanceScore: 0.14, stage1Score: expect.any(Number) });
  const one = new SecondpassRetriever({ retriever, options: { topK: 1 } });
  expect(await one.invoke('yeast')).toHaveLength(1);
});

test('the signal of invoke reaches both stages', async () => {
  const source = vectorStoreSource(await memoryStore());
  const retriever = new TwoStageRetriever({ source, embedder, reranker: silent });
  const signal = AbortSignal.timeout(20);
  await expect(new SecondpassRetriever({ retriever }).invoke('yeast', { signal })).rejects.toHaveProperty(
    'name',
    'TimeoutError',
  );
});

test('a store of LangChain 0.3 is stage 1 too', async () => {
  const store = new FakeVectorStore(embeddings);
  await store.addDocuments(documents);
  const source = vectorStoreSource(store as unknown as MemoryVectorStore);
  const query = { text: 'yeast', vector: Float32Array.from(vectorOf('yeast')) };
  const found = await source.search({ query, depth: 2 });
  expect(found.map(({ rank, text }) => [rank, text])).toEqual([
    [1, 'yeast'],
    [2, 'yeast and salt'],
  ]);
  expect(found[0]!.id).toBeTruthy();
});

test('distances are turned round when said, and refused when not; filters need a translation', async () => {
  const store = await memoryStore();
  const ascending = store.similaritySearchVectorWithScore.bind(store);
  store.similaritySearchVectorWithScore = async (...request) =>
    (await ascending(...request)).map(([document, score]) => [document, 1 - score]);
  const query = { text: 'yeast', vector: Float32Array.from(vectorOf('yeast')) };
  await expect(vectorStoreSource(store).search({ query, depth: 3 })).rejects.toMatchObject({
    code: 'source-failed',
    nextStep: "Pass scores: 'distance'.",
  });
  const found = await vectorStoreSource(store, { scores: 'distance' }).search({ query, depth: 3 });
  expect(found.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  const request = { query, depth: 3, tenant: 'a' };
  await expect(vectorStoreSource(store).search(request)).rejects.toMatchObject({ code: 'invalid-filter' });
  const storeFilter =
    ({ tenant }: { tenant?: string }) =>
    (document: Document) =>
      document.id === tenant;
  const kept = await vectorStoreSource(store, { scores: 'distance', storeFilter }).search(request);
  expect(kept.map(({ id }) => id)).toEqual(['a']);
});
