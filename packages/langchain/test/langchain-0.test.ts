import { expect, jest, test } from '@jest/globals';
import { type Reranker, TwoStageRetriever } from '@secondpass/core';
import { inMemorySource } from '@secondpass/core/testing';

// A project with LangChain 0.3 has it under the name that our sources import: the real package, no double.
jest.unstable_mockModule('@langchain/core/documents', () => import('langchain-core-0/documents'));
jest.unstable_mockModule('@langchain/core/retrievers', () => import('langchain-core-0/retrievers'));
jest.unstable_mockModule(
  '@langchain/core/retrievers/document_compressors',
  () => import('langchain-core-0/retrievers/document_compressors'),
);
const { BaseRetriever } = await import('langchain-core-0/retrievers');
const { BaseDocumentCompressor } = await import('langchain-core-0/retrievers/document_compressors');
const { Document } = await import('langchain-core-0/documents');
const { RerankCompressor, SecondpassRetriever } = await import('../src/index.ts');

/** The longer, the better. */
const reranker = {
  name: 'length',
  score: async ({ passages }: { passages: readonly string[] }) =>
    passages.map(({ length }) => ({ score: length / 100, rawScore: length, tokensCut: 0 })),
} as Reranker;

async function filledRetriever(stage2: Reranker) {
  const { textSource, writer } = inMemorySource({});
  await writer.prepare({ dimensions: 1 });
  const texts = ['yeast', 'yeast and salt'];
  await writer.write(texts.map((text) => ({ id: text, text, vector: Float32Array.of(1), digest: text })));
  await writer.finish();
  return new TwoStageRetriever({ source: textSource, reranker: stage2 });
}

test('a retriever over both stages is one of LangChain 0.3', async () => {
  const retriever = new SecondpassRetriever({ retriever: await filledRetriever(reranker) });
  expect(retriever).toBeInstanceOf(BaseRetriever);
  const found = await retriever.invoke('yeast');
  expect(found.map(({ pageContent, metadata }) => [pageContent, metadata['relevanceScore']])).toEqual([
    ['yeast and salt', 0.14],
    ['yeast', 0.05],
  ]);
  expect(found[0]).toBeInstanceOf(Document);
});

test('its signal reaches stage 2 there too', async () => {
  const silent: Reranker = { name: 'silent', score: () => new Promise<never>(() => {}) };
  const retriever = new SecondpassRetriever({ retriever: await filledRetriever(silent) });
  const signal = AbortSignal.timeout(20);
  await expect(retriever.invoke('yeast', { signal })).rejects.toHaveProperty('name', 'TimeoutError');
});

test('a compressor is one of LangChain 0.3', async () => {
  const compressor = new RerankCompressor({ reranker, topN: 1 });
  expect(compressor).toBeInstanceOf(BaseDocumentCompressor);
  const documents = ['yeast', 'yeast and salt'].map((pageContent) => new Document({ pageContent }));
  const found = await compressor.compressDocuments(documents, 'yeast');
  expect(found.map(({ pageContent }) => pageContent)).toEqual(['yeast and salt']);
});
