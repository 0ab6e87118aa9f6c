import { describe, expect, test } from '@jest/globals';
import { type Reranker, RetrievalError } from '@secondpass/core';
import { createProviderRegistry, RetryError, rerank } from 'ai';
import { rerank as rerank6 } from 'ai-6';
import { createSecondpass } from '../src/index.ts';

const documents = ['salt slows yeast', 'the harbor froze', 'yeast makes dough rise'];
const query = 'why does dough rise with yeast';

/** Scores by shared words, and keeps what it was asked. */
function wordReranker(more: Partial<Reranker> = {}) {
  const asked: (readonly string[])[] = [];
  const reranker = {
    name: 'words',
    async score({ query, passages }: { query: string; passages: readonly string[] }) {
      asked.push(passages);
      const words = new Set(query.split(' '));
      return passages.map((passage) => {
        const shared = passage.split(' ').filter((word) => words.has(word)).length;
        return { score: shared / 10, rawScore: shared - 1, tokensCut: 0 };
      });
    },
    ...more,
  } as Reranker;
  return { asked, reranker };
}
const failing = (error: unknown) => wordReranker({ score: async () => Promise.reject(error) }).reranker;
const provider = (reranker: Reranker) => createSecondpass({ rerankers: { words: reranker } });
const modelOf = (reranker: Reranker) => provider(reranker).reranking('words');
const failure = (code: 'overloaded' | 'rerank-failed') =>
  new RetrievalError({ code, origin: 'words', problem: 'No.', nextStep: 'Wait.' });

test('ai 7 ranks texts, cut to topN, and takes a topN above the list', async () => {
  const model = modelOf(wordReranker().reranker);
  const { ranking, rerankedDocuments, providerMetadata } = await rerank({ model, query, documents, topN: 2 });
  expect(rerankedDocuments).toEqual([documents[2], documents[0]]);
  expect(ranking.map(({ originalIndex, score }) => [originalIndex, score])).toEqual([
    [2, 0.3],
    [0, 0.1],
  ]);
  expect(providerMetadata?.['secondpass']).toEqual({ rawScores: [2, 0] });
  const { ranking: all } = await rerank({ model, query, documents, topN: 50 });
  expect(all).toHaveLength(3);
});

test('ai 6 does the same', async () => {
  const model = provider(wordReranker().reranker).rerankingV3('words');
  const { rerankedDocuments } = await rerank6({ model, query, documents, topN: 2 });
  expect(rerankedDocuments).toEqual([documents[2], documents[0]]);
});

test('a registry of the AI SDK finds the model by name', async () => {
  const registry = createProviderRegistry({ secondpass: provider(wordReranker().reranker) });
  const model = registry.rerankingModel('secondpass:words');
  const { rerankedDocuments } = await rerank({ model, query, documents, topN: 1 });
  expect(rerankedDocuments).toEqual([documents[2]]);
});

test('objects come back whole, and textOf says what is read of them', async () => {
  const { asked, reranker } = wordReranker();
  const articles = documents.map((text, id) => ({ id, text }));
  const secondpass = createSecondpass({
    rerankers: { words: reranker },
    textOf: ({ text }) => String(text),
  });
  const { rerankedDocuments } = await rerank({
    model: secondpass.reranking('words'),
    query,
    documents: articles,
  });
  expect(asked).toEqual([documents]);
  expect(rerankedDocuments[0]).toEqual({ id: 2, text: documents[2] });
  await rerank({ model: modelOf(reranker), query, documents: articles });
  expect(asked[1]![0]).toBe('{"id":0,"text":"salt slows yeast"}');
});

test('documents without text come last with a score of 0 and a warning, and the others are scored', async () => {
  const { asked, reranker } = wordReranker();
  const mixed = ['', 'yeast', ' \n', 'broken \ud800'];
  const { ranking } = await rerank({ model: modelOf(reranker), query, documents: mixed });
  expect(ranking.map(({ originalIndex }) => originalIndex)).toEqual([1, 3, 0, 2]);
  expect(ranking.slice(2).map(({ score }) => score)).toEqual([0, 0]);
  expect(asked).toEqual([['yeast', 'broken \ufffd']]);
  const { warnings } = await modelOf(reranker).doRerank({
    documents: { type: 'text', values: mixed },
    query,
  });
  expect(warnings.map(({ message }) => message.slice(0, 10))).toEqual(['Document 0', 'Document 2']);
});

test('no documents give an empty ranking, from the SDK and from the model', async () => {
  const { asked, reranker } = wordReranker();
  expect((await rerank({ model: modelOf(reranker), query, documents: [] })).ranking).toEqual([]);
  const direct = await modelOf(reranker).doRerank({ documents: { type: 'text', values: [] }, query });
  expect(direct.ranking).toEqual([]);
  expect(asked).toEqual([]);
});

describe('errors are of the SDK, with ours as their cause', () => {
  test('an argument', async () => {
    const model = modelOf(wordReranker().reranker);
    await expect(rerank({ model, query: ' ', documents })).rejects.toMatchObject({
      name: 'AI_InvalidArgumentError',
      cause: { code: 'invalid-query' },
    });
    await expect(rerank({ model, query, documents, topN: 0 })).rejects.toMatchObject({
      name: 'AI_InvalidArgumentError',
      argument: 'options',
      cause: { code: 'invalid-options' },
    });
  });

  test('a failure is not tried again', async () => {
    const work = rerank({ model: modelOf(failing(failure('rerank-failed'))), query, documents });
    await expect(work).rejects.toMatchObject({
      name: 'AI_APICallError',
      isRetryable: false,
      cause: { code: 'rerank-failed' },
    });
  });

  test('one that has too much to do is', async () => {
    let calls = 0;
    const { reranker } = wordReranker();
    const busyOnce = wordReranker({
      score: (async (request: Parameters<Reranker['score']>[0]) => {
        calls += 1;
        if (calls === 1) throw failure('overloaded');
        return reranker.score(request);
      }) as Reranker['score'],
    }).reranker;
    const { ranking } = await rerank({ model: modelOf(busyOnce), query, documents });
    expect([ranking.length, calls]).toEqual([3, 2]);
    const always = rerank({
      model: modelOf(failing(failure('overloaded'))),
      query,
      documents,
      maxRetries: 1,
    });
    await expect(always).rejects.toBeInstanceOf(RetryError);
  });

  test('a name that is not there', () => {
    const secondpass = provider(wordReranker().reranker);
    expect(() => secondpass.reranking('large')).toThrow(
      expect.objectContaining({ name: 'AI_NoSuchModelError', message: expect.stringMatching(/Use words\./) }),
    );
    expect(() => secondpass.languageModel('words')).toThrow(/reranking models only/);
  });
});

test('an abort rejects with its reason, though the reranker does not listen', async () => {
  const controller = new AbortController();
  const silent = wordReranker({ score: () => new Promise<never>(() => {}) }).reranker;
  const work = rerank({ model: modelOf(silent), query, documents, abortSignal: controller.signal });
  setTimeout(() => controller.abort(new Error('the reader left')), 20);
  await expect(work).rejects.toThrow('the reader left');
});

test('a loader runs once for requests at the same time, again after a failure, and what it loaded is closed', async () => {
  let loads = 0;
  let closed = 0;
  const secondpass = createSecondpass({
    rerankers: {
      words: async () => {
        loads += 1;
        if (loads === 1) throw failure('rerank-failed');
        const close = async () => {
          closed += 1;
        };
        return wordReranker({ close }).reranker;
      },
    },
  });
  const ask = () => rerank({ model: secondpass.reranking('words'), query, documents });
  await expect(ask()).rejects.toMatchObject({ cause: { code: 'rerank-failed' } });
  await Promise.all([ask(), ask()]);
  expect(loads).toBe(2);
  await secondpass.close();
  await secondpass.close();
  expect(closed).toBeGreaterThan(0);
  await expect(ask()).rejects.toMatchObject({ cause: { code: 'closed' } });
});
