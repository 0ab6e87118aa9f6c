import { expect, test } from '@jest/globals';
import { indexDocuments, type Reranker, RetrievalError, TwoStageRetriever } from '@secondpass/core';
import { inMemorySource } from '@secondpass/core/testing';
import { Document, GenkitError, genkit } from 'genkit';
import { secondpass } from '../src/index.ts';

const score = (async ({ passages }: { passages: readonly string[] }) =>
  passages.map(({ length }) => ({
    score: length / 100,
    rawScore: length,
    tokensCut: 0,
  }))) as Reranker['score'];
/** The longer, the better. */
const length: Reranker = { name: 'length', score };
const failure = new RetrievalError({ code: 'overloaded', origin: 'x', problem: 'No.', nextStep: 'Wait.' });
const failing: Reranker = { name: 'failing', score: async () => Promise.reject(failure) };
const documents = ['yeast', '', 'yeast and salt'].map((text, page) => Document.fromText(text, { page }));

function open() {
  return genkit({ plugins: [secondpass({ rerankers: { length, failing } })] });
}

test('ai.rerank gives scores beside the metadata; documents without text come last with 0', async () => {
  const found = await open().rerank({ reranker: 'secondpass/length', query: 'yeast', documents });
  expect(found.map(({ text, metadata }) => [text, metadata])).toEqual([
    ['yeast and salt', { page: 2, score: 0.14 }],
    ['yeast', { page: 0, score: 0.05 }],
    ['', { page: 1, score: 0 }],
  ]);
  expect(documents[0]!.metadata).toEqual({ page: 0 });
});

test('k cuts, above the list it gives all, and no documents give none', async () => {
  const ai = open();
  const ask = (k: number, given = documents) =>
    ai.rerank({ reranker: 'secondpass/length', query: 'yeast', documents: given, options: { k } });
  expect(await ask(1)).toHaveLength(1);
  expect(await ask(9)).toHaveLength(3);
  expect(await ask(9, [])).toEqual([]);
});

test("errors are Genkit's, with ours as their cause", async () => {
  const ask = (reranker: string, query: string) => open().rerank({ reranker, query, documents });
  const error = await ask('secondpass/failing', 'yeast').catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(GenkitError);
  expect(error).toMatchObject({ status: 'RESOURCE_EXHAUSTED', cause: failure });
  await expect(ask('secondpass/length', ' ')).rejects.toMatchObject({
    status: 'INVALID_ARGUMENT',
    cause: { code: 'invalid-query' },
  });
});

test('ai.retrieve runs both stages, for the tenant that the plugin names', async () => {
  const { textSource, writer } = inMemorySource({ tenantField: 'team' });
  const embedder = { name: 'one', dimensions: 1, embed: async () => [Float32Array.of(1)] };
  for (const [id, team] of [
    ['yeast', 'a'],
    ['yeast and salt', 'a'],
    ['yeast of others', 'b'],
  ] as const) {
    await indexDocuments({ documents: [{ id, text: id, payload: { team } }], embedder, writer });
  }
  const retriever = new TwoStageRetriever({ source: textSource, reranker: length });
  const ai = genkit({
    plugins: [secondpass({ retrievers: { notes: { retriever, options: { tenant: 'a' } } } })],
  });
  const ask = (k?: number) =>
    ai.retrieve({ retriever: 'secondpass/notes', query: 'yeast', ...(k && { options: { k } }) });
  const found = await ask();
  expect(found.map(({ text, metadata }) => [text, metadata])).toEqual([
    ['yeast and salt', { team: 'a', id: 'yeast and salt', score: 0.14 }],
    ['yeast', { team: 'a', id: 'yeast', score: 0.05 }],
  ]);
  expect(await ask(1)).toHaveLength(1);
});
