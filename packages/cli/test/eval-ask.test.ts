import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { type Candidate, type CandidateSource, type Reranker, TwoStageRetriever } from '@secondpass/core';
import { parseMeasure } from '@secondpass/evaluation';
import { type AskRequest, askQueries } from '../src/commands/eval/ask-queries.ts';
import type { JudgedQuery } from '../src/corpus/read-queries.ts';

/** Finds `<query>/0`, `<query>/1`, …; a query may fail at either stage, by its words. */
function sourceOf(seen: (candidates: readonly Candidate[]) => void = () => undefined): CandidateSource {
  return {
    name: 'numbers',
    input: 'text',
    search: async ({ query, depth }) => {
      if (query.text.includes('broken')) throw new Error('the engine is down');
      const candidates = Array.from({ length: depth }, (_, index) => ({
        id: `${query.text}/${index}`,
        text: `passage ${index}`,
        score: 1 / (index + 1),
        rank: index + 1,
      }));
      seen(candidates);
      return candidates;
    },
  };
}

/** Likes the last candidate best. */
const reranker: Reranker = {
  name: 'reversing',
  score: async ({ query, passages }) => {
    if (query.includes('unread')) throw new Error('the model is gone');
    return passages.map((_, index) => ({ score: 0.5, rawScore: index, tokensCut: 0 }));
  },
};

async function* queriesOf(texts: Iterable<string>): AsyncGenerator<JudgedQuery> {
  for (const text of texts) yield { id: text, text };
}

function ask(
  texts: readonly string[],
  settings: Partial<AskRequest> = {},
  seen?: Parameters<typeof sourceOf>[0],
) {
  return askQueries({
    retriever: new TwoStageRetriever({
      source: sourceOf(seen),
      reranker,
      depth: 4,
      topK: 4,
      onRerankFailure: 'keep-stage-1',
    }),
    queries: queriesOf(texts),
    judgments: new Map(texts.map((text) => [text, new Map([[`${text}/3`, 1]])])),
    measures: [parseMeasure('recip_rank'), parseMeasure('recall_2')],
    options: {},
    topK: 4,
    concurrency: 2,
    runFiles: undefined,
    onProgress: () => undefined,
    signal: new AbortController().signal,
    ...settings,
  });
}

test('measures the order of both stages', async () => {
  const { stage1, stage2, latency, asked } = await ask(['a', 'b', 'c']);
  expect([...asked].sort()).toEqual(['a', 'b', 'c']);
  expect(stage1.perQuery.get('b')).toEqual([1 / 4, 0]);
  expect(stage2.perQuery.get('b')).toEqual([1, 1]);
  expect(latency.total).toHaveLength(3);
});

test('topK cuts both', async () => {
  const { stage1, stage2 } = await ask(['a'], { topK: 3 });
  expect(stage1.perQuery.get('a')).toEqual([0, 0]);
  expect(stage2.perQuery.get('a')).toEqual([1, 1]);
});

test('degraded answers are measured as served and told, failures are told', async () => {
  const { stage2, degraded, failed, asked } = await ask(['a', 'unread', 'broken 1', 'broken 2']);
  expect(stage2.perQuery.get('unread')).toEqual([1 / 4, 0]);
  expect(stage2.perQuery.has('broken 1')).toBe(false);
  expect(asked.size).toBe(4);
  expect(degraded.list()).toMatchObject([
    { count: 1, queries: ['unread'], reason: expect.stringMatching(/gone/) },
  ]);
  expect(failed.list()).toMatchObject([
    { count: 2, queries: ['broken 1', 'broken 2'], reason: expect.stringMatching(/down/) },
  ]);
});

describe('where nothing is answered, the failure is the answer', () => {
  test('after ten queries', async () => {
    const asked: string[] = [];
    const texts = Array.from({ length: 40 }, (_, index) => `broken ${index}`);
    async function* watched() {
      for await (const query of queriesOf(texts)) {
        asked.push(query.id);
        yield query;
      }
    }
    await expect(ask(texts, { queries: watched() })).rejects.toThrow('the engine is down');
    expect(asked.length).toBeLessThan(15);
  });

  test('and where there are fewer', async () => {
    await expect(ask(['broken'])).rejects.toThrow('the engine is down');
  });
});

test('more reasons than can be told are counted together', async () => {
  const many = ['ok', ...Array.from({ length: 12 }, (_, index) => `bad ${index}`)];
  const real = new TwoStageRetriever({ source: sourceOf(), reranker, depth: 4, topK: 4 });
  const retriever: AskRequest['retriever'] = {
    retrieve: (text) => (text === 'ok' ? real.retrieve(text) : Promise.reject(new Error(`no ${text}`))),
  };
  const { failed } = await ask(many, { retriever, concurrency: 1 });
  expect(failed.count).toBe(12);
  expect(failed.list().at(-1)).toMatchObject({ reason: 'other reasons', count: 2 });
});

test('an interruption ends it with what was measured', async () => {
  const aborting = new AbortController();
  const onProgress = (done: number) => done === 3 && aborting.abort(new Error('interrupted'));
  const texts = Array.from({ length: 50 }, (_, index) => `q${index}`);
  const { stage2, asked, failed } = await ask(texts, { onProgress, signal: aborting.signal, concurrency: 1 });
  expect(asked).toEqual(new Set(['q0', 'q1', 'q2']));
  expect(stage2.perQuery.size).toBe(3);
  expect(failed.count).toBe(0);
});

test('ids that nobody judged are noticed', async () => {
  expect((await ask(['a'])).strangeId).toBeUndefined();
  const elsewhere = new Map([['a', new Map([['doc-a-0', 1]])]]);
  expect((await ask(['a'], { judgments: elsewhere })).strangeId).toBe('a/0');
});

test('of 10,000 rankings none is kept', async () => {
  const rankings: WeakRef<readonly Candidate[]>[] = [];
  const texts = Array.from({ length: 10_000 }, (_, index) => `q${index}`);
  const { stage1, latency } = await ask(texts, {}, (candidates) => rankings.push(new WeakRef(candidates)));
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  // What a WeakRef gave during one turn of the event loop is held until its end.
  await new Promise((resolve) => setImmediate(resolve));
  collectGarbage();
  expect(stage1.perQuery.size).toBe(10_000);
  expect(latency.total).toHaveLength(10_000);
  expect(rankings.filter((ranking) => ranking.deref()).length).toBeLessThan(10);
});
