import { expect, test } from '@jest/globals';
import { MastraVector, type QueryVectorParams } from '@mastra/core/vector';
import { createVectorQueryTool, rerankWithScorer } from '@mastra/rag';
import { indexDocuments, type Reranker, RetrievalError, TwoStageRetriever } from '@secondpass/core';
import { inMemorySource } from '@secondpass/core/testing';
import { relevanceScorer, searchTool } from '../src/index.ts';

/** The longer, the better. */
function lengthReranker(more: Partial<Reranker> = {}) {
  const asked: (readonly string[])[] = [];
  const reranker = {
    name: 'length',
    async score({ passages }: { passages: readonly string[] }) {
      asked.push(passages);
      return passages.map(({ length }) => ({ score: length / 100, rawScore: length, tokensCut: 0 }));
    },
    ...more,
  } as Reranker;
  return { asked, reranker };
}
const failing = () =>
  lengthReranker({
    score: async () =>
      Promise.reject(
        new RetrievalError({ code: 'rerank-failed', origin: 'x', problem: 'No.', nextStep: 'Wait.' }),
      ),
  }).reranker;
const results = ['yeast', '', 'yeast and salt'].map((text, index) => ({
  id: `${index}`,
  score: 0.9 - index / 10,
  metadata: { text, page: index },
}));
const weights = { semantic: 1, vector: 0, position: 0 };

test('rerankWithScorer asks once for all documents, and metadata is kept', async () => {
  const { asked, reranker } = lengthReranker();
  const scorer = relevanceScorer(reranker);
  const found = await rerankWithScorer({ results, query: 'yeast', scorer, options: { weights, topK: 9 } });
  expect(asked).toEqual([['yeast', 'yeast and salt']]);
  expect(found.map(({ result, score }) => [result.id, score])).toEqual([
    ['2', 0.14],
    ['0', 0.05],
    ['1', 0],
  ]);
  expect(found[0]!.result.metadata).toEqual({ text: 'yeast and salt', page: 2 });
  expect(await rerankWithScorer({ results: [], query: 'yeast', scorer, options: {} })).toEqual([]);
});

const unused = async (): Promise<never> => Promise.reject(new Error('only searched'));

/** A store of one index, whose answer is the list above. */
class Notes extends MastraVector {
  readonly asked: QueryVectorParams[] = [];
  upsert = unused;
  createIndex = unused;
  listIndexes = unused;
  describeIndex = unused;
  deleteIndex = unused;
  updateVector = unused;
  deleteVector = unused;
  deleteVectors = unused;
  async query(params: QueryVectorParams) {
    this.asked.push(params);
    return results;
  }
}

test("Mastra's vector query tool reranks what its store finds", async () => {
  const { asked, reranker } = lengthReranker();
  const store = new Notes({ id: 'notes' });
  const model = {
    specificationVersion: 'v2' as const,
    provider: 'test',
    modelId: 'one',
    maxEmbeddingsPerCall: 1,
    supportsParallelCalls: false,
    doEmbed: async () => ({ embeddings: [[1, 0]] }),
  };
  const tool = createVectorQueryTool({
    vectorStoreName: 'notes',
    indexName: 'notes',
    vectorStore: store,
    model,
    includeSources: true,
    reranker: { model: relevanceScorer(reranker), options: { topK: 2, weights } },
  });
  const found = await tool.execute!({ queryText: 'yeast', topK: 3 }, {} as never);
  expect(store.asked).toMatchObject([{ indexName: 'notes', queryVector: [1, 0] }]);
  expect(asked).toEqual([['yeast', 'yeast and salt']]);
  expect(found).toMatchObject({
    relevantContext: [
      { text: 'yeast and salt', page: 2 },
      { text: 'yeast', page: 0 },
    ],
    sources: [{ id: '2' }, { id: '0' }],
  });
});

test('two queries at the same time stay apart', async () => {
  const { asked, reranker } = lengthReranker();
  const scorer = relevanceScorer(reranker);
  const ask = (query: string) => rerankWithScorer({ results, query, scorer, options: { weights } });
  await Promise.all([ask('one'), ask('two')]);
  expect(asked).toHaveLength(2);
});

const cause = expect.objectContaining({ code: 'rerank-failed' });

test("errors are Mastra's, with ours as their cause", async () => {
  const work = relevanceScorer(failing()).getRelevanceScore('yeast', 'salt');
  await expect(work).rejects.toMatchObject({
    id: 'SECONDPASS_RERANK_FAILED',
    domain: 'MASTRA_VECTOR',
    cause,
  });
});

async function toolOver(reranker: Reranker) {
  const { textSource, source, writer } = inMemorySource({ tenantField: 'team' });
  const embedder = { name: 'one', dimensions: 1, embed: async () => [Float32Array.of(1)] };
  await writer.prepare({ dimensions: 1 });
  for (const [team, text] of [
    ['a', 'yeast and salt'],
    ['a', 'yeast'],
    ['b', 'yeast of others'],
  ] as const) {
    await indexDocuments({ documents: [{ id: text, text, payload: { team } }], embedder, writer });
  }
  expect(source.input).toBe('vector');
  const retriever = new TwoStageRetriever({ source: textSource, reranker });
  return searchTool({ retriever, options: { tenant: 'a' } });
}

test('the tool searches as its options say, whatever the model asks, and its shape is that of the vector query tool', async () => {
  const tool = await toolOver(lengthReranker().reranker);
  const input = { queryText: 'yeast', topK: 5, tenant: 'b' };
  const found = await tool.execute!(input, {} as never);
  expect(found).toEqual({
    relevantContext: [
      { team: 'a', text: 'yeast and salt' },
      { team: 'a', text: 'yeast' },
    ],
    sources: expect.arrayContaining([
      expect.objectContaining({ id: 'yeast', score: 0.05, document: 'yeast' }),
    ]),
  });
  expect(
    await (await toolOver(failing())).execute!(input, {} as never).catch((error: unknown) => error),
  ).toMatchObject({
    id: 'SECONDPASS_RERANK_FAILED',
    cause,
  });
});

test("the tool's signal ends the search", async () => {
  const tool = await toolOver(lengthReranker({ score: () => new Promise<never>(() => {}) }).reranker);
  const abortSignal = AbortSignal.timeout(20);
  const work = tool.execute!({ queryText: 'yeast', topK: 5 }, { abortSignal } as never);
  await expect(work).rejects.toHaveProperty('name', 'TimeoutError');
});
