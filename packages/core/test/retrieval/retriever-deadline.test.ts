import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  type Candidate,
  type CandidateSource,
  type CrossEncoder,
  loadCrossEncoder,
  type Reranker,
  TwoStageRetriever,
} from '../../src/index.ts';
import { damagedCopy, removeCopies } from '../models/damaged-model.ts';

let reranker: CrossEncoder;
beforeAll(async () => {
  reranker = await loadCrossEncoder(damagedCopy('tiny-bert'), { workers: 1 });
});
afterAll(async () => {
  await reranker.close();
  removeCopies();
});

const candidates: Candidate[] = Array.from({ length: 1000 }, (_, index) => ({
  id: `id-${index}`,
  text: `passage ${index} ${'bread '.repeat(100)}`,
  score: 1 - index / 1000,
  rank: index + 1,
}));
const source: CandidateSource = {
  name: 'list',
  input: 'text',
  search: async ({ depth }) => candidates.slice(0, depth),
};
const hangs: CandidateSource = { ...source, search: () => new Promise(() => {}) };
const deaf: Reranker = { name: 'deaf', score: () => new Promise<[]>(() => {}) };

describe('latencyBudgetMs', () => {
  test('is kept by eight callers at once, and every order is the one that its policy states', async () => {
    const retriever = new TwoStageRetriever({ source, reranker, depth: 1000, topK: 1000 });
    const latencyBudgetMs = 400;
    await retriever.retrieve('bread', { depth: 20, topK: 1 });
    const late: number[] = [];
    const answers = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const started = performance.now();
        // On a busy machine any callback is late: an answer is compared with a timer for the same moment.
        const timer = setTimeout(latencyBudgetMs).then(() => performance.now());
        const ranking = await retriever.retrieve('bread', { latencyBudgetMs });
        const answered = performance.now();
        late.push(answered - Math.max(started + latencyBudgetMs, await timer));
        return ranking;
      }),
    );
    late.sort((a, b) => a - b);
    // Ranking eight lists of 1,000 hits takes the event loop some milliseconds each.
    expect(late[4]).toBeLessThan(20);
    const full = await reranker.score({
      query: 'bread',
      passages: candidates.slice(0, 40).map(({ text }) => text),
    });
    for (const { hits, degraded } of answers) {
      expect(hits).toHaveLength(1000);
      const scored = hits.filter(({ rawScore }) => rawScore !== undefined);
      expect(scored.length).toBeLessThan(1000);
      expect(hits.slice(0, scored.length)).toEqual(scored);
      expect(degraded).toEqual({
        stage: 'rerank',
        reason: `${scored.length} of 1000 candidates were scored in time.`,
      });
      const raw = scored.map(({ rawScore }) => rawScore!);
      expect(raw).toEqual(raw.toSorted((a, b) => b - a));
      const below = hits.slice(scored.length).map(({ candidate }) => candidate.rank);
      expect(below).toEqual(below.toSorted((a, b) => a - b));
      for (const { rawScore, candidate } of scored) {
        const expected = full[candidate.rank - 1]?.rawScore;
        if (expected !== undefined) expect(rawScore).toBeCloseTo(expected, 4);
      }
    }
  });

  test('that leaves time enough changes nothing', async () => {
    const retriever = new TwoStageRetriever({ source, reranker, depth: 10 });
    const ranking = await retriever.retrieve('bread', { latencyBudgetMs: 60_000 });
    expect(ranking).not.toHaveProperty('degraded');
    const { hits } = await retriever.retrieve('bread');
    expect(ranking.hits.map(({ candidate }) => candidate.id)).toEqual(
      hits.map(({ candidate }) => candidate.id),
    );
  });

  test('is kept where the reranker does not listen: the order is that of stage 1', async () => {
    const retriever = new TwoStageRetriever({
      source,
      reranker: deaf,
      depth: 5,
      topK: 5,
      latencyBudgetMs: 30,
    });
    const ranking = await retriever.retrieve('bread');
    expect(ranking).toMatchObject({
      rerankedBy: null,
      degraded: { stage: 'rerank', reason: '0 of 5 candidates were scored in time.' },
    });
    expect(ranking.hits.map(({ candidate }) => candidate.rank)).toEqual([1, 2, 3, 4, 5]);
  });

  test('fails while stage 1 has not answered, even where the source does not listen', async () => {
    const retriever = new TwoStageRetriever({ source: hangs, reranker, latencyBudgetMs: 30 });
    await expect(retriever.retrieve('bread')).rejects.toMatchObject({
      code: 'deadline-exceeded',
      problem: 'No answer within 30 ms; stage 1 was running.',
    });
  });

  test('does not stand in for the caller: an abort rejects with its reason', async () => {
    const retriever = new TwoStageRetriever({ source, reranker: deaf, latencyBudgetMs: 10_000 });
    const reason = new Error('gone');
    const answer = retriever.retrieve('bread', { signal: AbortSignal.timeout(20) });
    await expect(answer).rejects.toMatchObject({ name: 'TimeoutError' });
    await expect(retriever.retrieve('bread', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  test('above timeoutMs is refused, where both are given together', async () => {
    const both = { timeoutMs: 200, latencyBudgetMs: 201 };
    const refusal = { code: 'invalid-options', path: ['latencyBudgetMs'] };
    expect(() => new TwoStageRetriever({ source, reranker, ...both })).toThrow(
      expect.objectContaining(refusal),
    );
    expect(() => new TwoStageRetriever({ source, reranker, latencyBudgetMs: 30_001 })).toThrow(
      expect.objectContaining(refusal),
    );
    const retriever = new TwoStageRetriever({ source, reranker });
    await expect(retriever.retrieve('bread', both)).rejects.toMatchObject(refusal);
  });

  test.each([0, -1, Number.NaN, 2 ** 31])('of %d is refused', async (latencyBudgetMs) => {
    expect(() => new TwoStageRetriever({ source, reranker, latencyBudgetMs })).toThrow(
      `latencyBudgetMs is ${latencyBudgetMs}.`,
    );
  });
});

describe('what a stage tells of itself', () => {
  test('stands in the answer: the first stage, and every reason once', async () => {
    const partial: CandidateSource = {
      ...source,
      search: async (request) => {
        request.onDegraded?.({ stage: 'search', reason: 'b was late.' });
        return source.search(request);
      },
    };
    const second: Reranker = {
      name: 'second',
      score: async ({ passages, onDegraded }) => {
        for (const _ of [1, 2]) onDegraded?.({ stage: 'rerank', reason: 'the first was down.' });
        return passages.map(() => ({ score: 0.5, rawScore: 0, tokensCut: 0 }));
      },
    };
    const { degraded, rerankedBy } = await new TwoStageRetriever({
      source: partial,
      reranker: second,
    }).retrieve('q');
    expect({ degraded, rerankedBy }).toEqual({
      degraded: { stage: 'search', reason: 'b was late. the first was down.' },
      rerankedBy: 'second',
    });
  });

  test('a call may choose its failure policy', async () => {
    const failing: Reranker = { name: 'failing', score: () => Promise.reject<[]>(new Error('down')) };
    const retriever = new TwoStageRetriever({ source, reranker: failing });
    await expect(retriever.retrieve('q')).rejects.toThrow('down');
    const { degraded } = await retriever.retrieve('q', { onRerankFailure: 'keep-stage-1' });
    expect(degraded).toEqual({ stage: 'rerank', reason: 'down' });
    const wrong = { onRerankFailure: 'ignore' as never };
    await expect(retriever.retrieve('q', wrong)).rejects.toThrow('onRerankFailure is "ignore"');
  });
});
