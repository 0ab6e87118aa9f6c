import { describe, expect, test } from '@jest/globals';
import { type RerankRequest, RetrievalError, rank, TwoStageRetriever } from '@secondpass/core';
import { cascadeReranker } from '@secondpass/core/rerankers';
import { measureOrder, parseMeasure } from '@secondpass/evaluation';
import { tune } from '../src/tune.ts';
import type { TuneRequest } from '../src/tune-request.ts';
import { madeUpCollection } from './made-up-collection.ts';

const measure = parseMeasure('ndcg_cut_10');

type CountingScorer = ReturnType<ReturnType<typeof madeUpCollection>['scorer']>;

function request(count = 24): TuneRequest & { readonly scorers: readonly CountingScorer[] } {
  const { queries, search, scorer } = madeUpCollection(count);
  const scorers = [scorer('good int8', 0.9), scorer('bad int8', 0.3)];
  return {
    queries,
    search,
    scorers,
    depths: [20, 10, 40],
    blends: [0.5, 0],
    current: { scorer: 'bad int8', depth: 20, blend: 0 },
    goal: { maxLoss: 0.005 },
    measure,
    rounds: 5,
  };
}

describe('tune', () => {
  test('measures each setting as the pipeline would answer with it', async () => {
    const given = request();
    const result = await tune(given);
    expect(result.settings).toHaveLength(2 * 3 * 2);
    for (const { scorer, depth, blend, quality } of result.settings) {
      let sum = 0;
      for (const query of given.queries) {
        const candidates = await given.search(query.text, depth);
        const { reranker } = given.scorers.find(({ key }) => key === scorer)!;
        const texts = candidates.map(({ text }) => text);
        const ids = candidates.map(({ id }) => id);
        const scores = await reranker.score({ query: query.text, passages: texts, ids });
        const hits = rank(candidates, scores, 10, { blend });
        sum += measureOrder(
          hits.map(({ candidate }) => candidate.id),
          query.judgments,
          [measure],
        )[0]!;
      }
      expect(quality).toBeCloseTo(sum / given.queries.length, 12);
    }
  });

  test.each([
    ['the weights that its models state', undefined],
    ['the weight in use', 0.8],
    ['no weight', 0],
  ])('measures a cascade at each depth with %s, as the pipeline answers', async (_, blend) => {
    const { queries, search, scorer } = madeUpCollection(20);
    const defaultBlend = { weight: 0.6, embedder: { name: 'bi-encoder', fingerprints: ['abc'] } };
    const stages = [scorer('bad', 0.2), scorer('good', 0.7)].map(({ reranker }) => ({
      reranker: Object.assign(reranker, { defaultBlend }),
    }));
    const reranker = cascadeReranker({ stages: [stages[0]!, { ...stages[1]!, best: 5 }] });
    const weight = blend ?? 0;
    const result = await tune({
      ...request(),
      queries,
      search,
      scorers: [{ key: 'both', model: 'both', precision: null, batchInvariant: null, reranker }],
      blends: [0, 0.4, 0.8],
      current: { scorer: 'both', depth: 20, blend: weight },
      stage1: () => (blend === undefined ? { cosineOf: 'abc' } : { blend }),
    });
    expect(result.settings.map((setting) => setting.blend)).toEqual([weight, weight, weight]);
    expect(result.warnings.join()).not.toMatch(/approximate/);
    const source = {
      name: 'made up',
      input: 'text',
      similarity: 'cosine',
      embedderFingerprint: 'abc',
      search: async ({ query, depth }: { query: { text: string }; depth: number }) =>
        search(query.text, depth),
    } as const;
    for (const { depth, quality } of result.settings) {
      const retriever = new TwoStageRetriever({
        source,
        reranker,
        depth,
        topK: 10,
        ...(blend !== undefined && { blend }),
      });
      let sum = 0;
      for (const query of queries) {
        const { hits } = await retriever.retrieve(query.text);
        sum += measureOrder(
          hits.map(({ candidate }) => candidate.id),
          query.judgments,
          [measure],
        )[0]!;
      }
      expect(quality).toBeCloseTo(sum / queries.length, 12);
    }
  });

  test('each pair is scored once for quality: the other calls are rounds and the losses shown', async () => {
    const given = { ...request(), examples: 0 };
    await tune(given);
    const timed = 1 + given.rounds! * given.depths.length;
    for (const { asked } of given.scorers) expect(asked).toHaveLength(given.queries.length + timed);
  });

  test('advises the better model and shows what it loses, with ranks before and after', async () => {
    const result = await tune(request());
    const advised = result.settings[result.advice!.setting]!;
    expect(advised.scorer).toBe('good int8');
    expect(result.advice!.unseen.gain.low).toBeGreaterThan(0);
    expect(result.losses.length).toBeGreaterThan(0);
    const [loss] = result.losses;
    expect(loss!.advised).toBeLessThan(loss!.stage1);
    expect(loss!.before[0]).toMatchObject({ rankBefore: 1, grade: null });
    expect(loss!.judged).toContainEqual(
      expect.objectContaining({ id: `${loss!.query}-elsewhere`, text: null, rankBefore: null }),
    );
  });

  test('the same seed gives the same advice, whatever the clock said', async () => {
    const costless = async () => {
      const {
        timings: _,
        settings,
        front: __,
        ...rest
      } = await tune({ ...request(), goal: { maxLatencyMs: 1e6 } });
      return { ...rest, settings: settings.map(({ p50Ms: _p50, p95Ms: _p95, ...others }) => others) };
    };
    expect(await costless()).toEqual(await costless());
  });

  test('says that few queries are few, and that a source answers differently at other depths', async () => {
    const given = request(12);
    const shifting: TuneRequest['search'] = async (text, depth) =>
      (await given.search(text, depth)).map((candidate, index, all) =>
        depth === 10 && index === 9 ? { ...all[9]!, id: `${candidate.id}-other` } : candidate,
      );
    const { warnings } = await tune({ ...given, search: shifting });
    expect(warnings).toEqual([
      expect.stringMatching(/Only 12 queries/),
      expect.stringMatching(/Asked for 10 candidates, .* at 10 % of the ranks/),
    ]);
  });

  test('no setting within the limit: no advice, and the figures are there', async () => {
    const result = await tune({ ...request(), goal: { maxLatencyMs: 1e-6 } });
    expect(result.advice).toBeNull();
    expect(result.settings.every(({ quality }) => quality > 0)).toBe(true);
  });
});

describe('tune refuses', () => {
  const refusals: readonly (readonly [string, Partial<TuneRequest>, RegExp])[] = [
    ['fewer than ten queries', { queries: request(9).queries }, /9 of 9 queries .* at least 10/],
    ['a depth of 0', { depths: [0, 20] }, /depths is \[0,20\]/],
    ['a weight above 1', { blends: [0, 1.5] }, /blends is/],
    ['a setting in use that is not tried', { depths: [10] }, /not among the settings to try/],
    ['a negative loss', { goal: { maxLoss: -1 } }, /maxLoss is -1/],
    ['too few rounds', { rounds: 1 }, /rounds is 1/],
  ];
  test.each(refusals)('%s', async (_, change, expected) => {
    await expect(tune({ ...request(), ...change })).rejects.toThrow(expected);
  });

  test('a collection that the source does not have', async () => {
    const queries = request().queries.map((query) => ({ ...query, judgments: new Map([['other', 1]]) }));
    await expect(tune({ ...request(), queries })).rejects.toThrow(/the judgments use its ids/);
  });

  test('a reranker whose answer is incomplete', async () => {
    const { scorers, ...rest } = request();
    const degraded = scorers.map((scorer) => ({
      ...scorer,
      reranker: {
        name: 'degraded',
        score: async ({ query, passages, ids, onDegraded }: RerankRequest) => {
          onDegraded?.({ stage: 'rerank', reason: 'the second service answered' });
          return scorer.reranker.score({ query, passages, ids: ids! });
        },
      },
    }));
    const failure = await tune({ ...rest, scorers: degraded }).catch((error: unknown) => error);
    expect(RetrievalError.is(failure) && failure.code).toBe('rerank-failed');
  });

  test('to go on once aborted', async () => {
    const controller = new AbortController();
    const given = request();
    const running = tune({
      ...given,
      signal: controller.signal,
      onProgress: ({ done }) => done === 3 && controller.abort(new Error('enough')),
    });
    await expect(running).rejects.toThrow('enough');
    expect(given.scorers[0]!.asked.length).toBeLessThan(given.queries.length);
  });
});
