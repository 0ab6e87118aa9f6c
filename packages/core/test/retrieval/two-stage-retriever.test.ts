import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  type BiEncoder,
  type CrossEncoder,
  type Document,
  indexDocuments,
  loadBiEncoder,
  loadCrossEncoder,
  type Reranker,
  TwoStageRetriever,
  type TwoStageRetrieverConfig,
} from '../../src/index.ts';
import { inMemorySource } from '../../src/testing/in-memory-source.ts';
import { damagedCopy, removeCopies } from '../models/damaged-model.ts';

const words = ['bread', 'oven', 'harbour', 'ship', 'comet', 'orbit', 'river', 'bridge', 'doctor', 'fever'];
const documents: Document[] = words.flatMap((word, index) =>
  words.map((other) => ({ id: `${word}-${other}`, text: `${word} and ${other}`, payload: { group: index } })),
);

let embedder: BiEncoder;
let reranker: CrossEncoder;
let source: TwoStageRetrieverConfig['source'];

beforeAll(async () => {
  embedder = await loadBiEncoder(damagedCopy('tiny-sentence-bert'), { workers: 1 });
  reranker = await loadCrossEncoder(damagedCopy('tiny-bert'), { workers: 1 });
  const memory = inMemorySource();
  await indexDocuments({ documents, embedder, writer: memory.writer });
  source = memory.source;
});
afterAll(async () => {
  await Promise.all([embedder.close(), reranker.close()]);
  removeCopies();
});

const failing = (error: unknown): Reranker => ({ name: 'failing', score: () => Promise.reject<[]>(error) });
const never: Reranker = {
  name: 'never',
  score: ({ signal }) =>
    new Promise<[]>((_, reject) =>
      signal!.addEventListener('abort', () => reject(signal!.reason), { once: true }),
    ),
};

describe('retrieve', () => {
  test('reorders the candidates of stage 1 by stage 2, and keeps what stage 1 said', async () => {
    const retriever = new TwoStageRetriever({ source, embedder, reranker, depth: 30, topK: 8 });
    const ranking = await retriever.retrieve('ship in the harbour');
    expect(ranking).toMatchObject({
      query: 'ship in the harbour',
      candidateCount: 30,
      retrievedBy: 'in-memory',
      rerankedBy: reranker.name,
    });
    expect(ranking.hits).toHaveLength(8);
    const [vector] = await embedder.embed({ texts: [ranking.query], kind: 'query' });
    const candidates = await source.search({ query: { text: ranking.query, vector: vector! }, depth: 30 });
    const scores = await reranker.score({
      query: ranking.query,
      passages: candidates.map(({ text }) => text),
    });
    const best = Math.max(...scores.map(({ rawScore }) => rawScore));
    expect(ranking.hits[0]!.rawScore).toBeCloseTo(best, 5);
    for (const { candidate } of ranking.hits) {
      expect(candidate).toEqual(candidates[candidate.rank - 1]);
    }
    expect(ranking.hits.some(({ rank, candidate }) => rank !== candidate.rank)).toBe(true);
  });

  test('says where the time went, and is plain JSON', async () => {
    const retriever = new TwoStageRetriever({ source, embedder, reranker });
    const ranking = await retriever.retrieve('comet');
    const { embedMs, searchMs, rerankMs, totalMs } = ranking.timings;
    for (const part of [embedMs, searchMs, rerankMs]) expect(part).toBeGreaterThan(0);
    expect(totalMs + 0.1).toBeGreaterThanOrEqual(embedMs + searchMs + rerankMs);
    expect(JSON.parse(JSON.stringify(ranking))).toEqual(ranking);
    expect(ranking).not.toHaveProperty('degraded');
  });

  test('passes the filter to stage 1, and finding nothing is an empty ranking', async () => {
    const retriever = new TwoStageRetriever({ source, embedder, reranker, depth: 50 });
    const { hits } = await retriever.retrieve('comet', { filter: { field: 'group', eq: 3 }, topK: 50 });
    expect(hits).toHaveLength(10);
    const none = await retriever.retrieve('comet', { filter: { field: 'group', eq: 99 } });
    expect(none).toMatchObject({ hits: [], candidateCount: 0, rerankedBy: reranker.name });
  });
});

describe('a failing stage 2', () => {
  test('fails the answer by default, with the cause', async () => {
    const cause = new Error('no memory');
    const retriever = new TwoStageRetriever({ source, embedder, reranker: failing(cause) });
    await expect(retriever.retrieve('q')).rejects.toMatchObject({
      code: 'rerank-failed',
      origin: 'failing',
      cause,
    });
  });

  test("leaves the stage-1 order with 'keep-stage-1', and the answer says so", async () => {
    const retriever = new TwoStageRetriever({
      source,
      embedder,
      reranker: failing(new Error('no memory')),
      onRerankFailure: 'keep-stage-1',
    });
    const ranking = await retriever.retrieve('q');
    expect(ranking).toMatchObject({ rerankedBy: null, degraded: { stage: 'rerank', reason: 'no memory' } });
    expect(ranking.hits.map(({ candidate }) => candidate.rank)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    for (const hit of ranking.hits) expect(hit).not.toHaveProperty('rawScore');
  });

  test.each([
    ['NaN', [{ score: Number.NaN, rawScore: Number.NaN, tokensCut: 0 }], 'not a finite number'],
    ['too few scores', [], '1 candidates were given and 0 scores came back'],
  ])('%s is never ranked by', async (_, scores, message) => {
    const odd: Reranker = { name: 'odd', score: async () => scores };
    const retriever = new TwoStageRetriever({ source, embedder, reranker: odd, depth: 1, topK: 1 });
    await expect(retriever.retrieve('q')).rejects.toMatchObject({ code: 'model-output-invalid' });
    await expect(retriever.retrieve('q')).rejects.toThrow(message);
  });
});

describe('limits', () => {
  test.each([
    [{ depth: 0 }, 'depth is 0'],
    [{ depth: 10_001 }, 'depth is 10001'],
    [{ depth: 2.5 }, 'depth is 2.5'],
    [{ topK: 0 }, 'topK is 0'],
    [{ depth: 5, topK: 6 }, 'topK is 6 and depth is 5'],
    [{ timeoutMs: 0 }, 'timeoutMs is 0'],
    [{ timeoutMs: Number.NaN }, 'timeoutMs is NaN'],
  ])('%j is refused when set and when asked', async (options, words) => {
    expect(() => new TwoStageRetriever({ source, embedder, reranker, ...options })).toThrow(words);
    const retriever = new TwoStageRetriever({ source, embedder, reranker });
    await expect(retriever.retrieve('q', options)).rejects.toThrow(words);
    await expect(retriever.retrieve('q', options)).rejects.toMatchObject({ code: 'invalid-options' });
  });

  test('a vector source without an embedder is refused at once', () => {
    expect(() => new TwoStageRetriever({ source, reranker })).toThrow('no embedder is given');
  });

  test.each([[''], ['x'.repeat(1_000_000)], ['a\0'], ['\ud800']])(
    'an unacceptable query is refused',
    async (query) => {
      const retriever = new TwoStageRetriever({ source, embedder, reranker });
      await expect(retriever.retrieve(query)).rejects.toMatchObject({ code: 'invalid-query' });
    },
  );

  test('an answer that takes too long is given up, naming the stage', async () => {
    const retriever = new TwoStageRetriever({ source, embedder, reranker: never, timeoutMs: 80 });
    await expect(retriever.retrieve('q')).rejects.toMatchObject({ code: 'deadline-exceeded' });
    await expect(retriever.retrieve('q')).rejects.toThrow('stage 2 was running');
  });

  test("the caller's own abort comes back as its reason, even with 'keep-stage-1'", async () => {
    const onRerankFailure = 'keep-stage-1';
    const retriever = new TwoStageRetriever({ source, embedder, reranker: never, onRerankFailure });
    const controller = new AbortController();
    const answer = retriever.retrieve('q', { signal: controller.signal });
    const reason = new Error('gone');
    setTimeout(() => controller.abort(reason), 30);
    await expect(answer).rejects.toBe(reason);
  });
});
