import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { cachedReranker, cascadeReranker, failoverReranker } from '../../../src/entries/rerankers.ts';
import { loadCrossEncoder, rank } from '../../../src/index.ts';
import { ScoreCache } from '../../../src/retrieval/score-cache/score-cache.ts';
import { rerankerContract } from '../../../src/testing/index.ts';
import { type Behavior, ScriptedReranker } from '../failover/scripted-reranker.ts';
import { ask, down, TableReranker } from './table-reranker.ts';

const tinyBert = fileURLToPath(new URL('../../models/goldens/tiny-bert', import.meta.url));

describe('the reranker contract', () => {
  rerankerContract(test, {
    reranker: async () =>
      cascadeReranker({
        stages: [
          { reranker: new ScriptedReranker('quick', 0, [{ does: 'answer' }]) },
          {
            reranker: await loadCrossEncoder(tinyBert, { workers: 1, probe: false, optimize: false }),
            best: 50,
          },
        ],
      }),
    tolerance: 1e-5,
  });
});

describe('a cascade', () => {
  test('lets each model read the best of the one before, best first, and ranks by who read last', async () => {
    const nano = new TableReranker('nano', [1, 5, 3, 4, 2]);
    const small = new TableReranker('small', [9, -7, -5, -6, 9]);
    const large = new TableReranker('large', [0, 0, 70, 60, 0]);
    const { order, tiers, told } = await ask(
      [{ reranker: nano }, { reranker: small, best: 3 }, { reranker: large, best: 2 }],
      5,
    );
    expect(nano.read).toEqual([[0, 1, 2, 3, 4]]);
    expect(small.read).toEqual([[1, 3, 2]]);
    expect(large.read).toEqual([[2, 3]]);
    expect(order).toEqual([2, 3, 1, 4, 0]);
    expect(tiers).toEqual([0, 1, 2, 2, 0]);
    expect(told).toEqual([]);
  });

  test('gives ids and the signal on with the passages', async () => {
    const small = new TableReranker('small', [1, 2]);
    const { signal } = new AbortController();
    await ask([{ reranker: new TableReranker('nano', [1, 2]) }, { reranker: small, best: 1 }], 2, {
      ids: ['a', 'b'],
      signal,
    });
    expect(small.calls[0]).toMatchObject({ ids: ['b'], passages: ['1'] });
    expect(small.calls[0]!.signal).toBeInstanceOf(AbortSignal);
  });

  test.each<[Behavior, string]>([
    [{ does: 'fail', code: 'overloaded' }, 'small: overloaded; the order before it stands.'],
    [{ does: 'nan' }, 'small: model-output-invalid; the order before it stands.'],
    [{ does: 'hang', deaf: true }, 'small: deadline-exceeded; the order before it stands.'],
  ])('keeps the order that it has where a later stage does %j, and goes on', async (behavior, reason) => {
    const nano = new TableReranker('nano', [1, 5, 3]);
    const small = new TableReranker('small', [9, 9, 9], [behavior]);
    const large = new TableReranker('large', [0, -1, 0]);
    const stages = [
      { reranker: nano },
      { reranker: small, best: 2, timeoutMs: 30 },
      { reranker: large, best: 1 },
    ];
    const { order, told } = await ask(stages, 3);
    expect(order).toEqual([1, 2, 0]);
    expect(large.read).toEqual([[1]]);
    expect(told).toEqual([{ stage: 'rerank', reason }]);
  });

  test('rejects as its first stage does', async () => {
    const nano = new TableReranker('nano', [], down);
    const small = new TableReranker('small', [1]);
    const stages = [{ reranker: nano }, { reranker: small }];
    await expect(ask(stages, 1)).rejects.toMatchObject({ code: 'overloaded', origin: 'nano' });
    expect(small.calls).toHaveLength(0);
    const hanging = [
      { reranker: new TableReranker('nano', [], [{ does: 'hang' }]), timeoutMs: 20 },
      stages[1]!,
    ];
    await expect(ask(hanging, 1)).rejects.toMatchObject({ code: 'deadline-exceeded', origin: 'nano' });
  });

  test("gives a later stage's word on a caller's mistake back, and an abort its reason", async () => {
    const nano = { reranker: new TableReranker('nano', [1]) };
    const strict = new TableReranker('small', [1], [{ does: 'mistake' }]);
    await expect(ask([nano, { reranker: strict }], 1)).rejects.toMatchObject({ code: 'invalid-passage' });
    const controller = new AbortController();
    const hanging = new TableReranker('small', [1], [{ does: 'hang', deaf: true }]);
    const call = ask([nano, { reranker: hanging }], 1, { signal: controller.signal });
    setTimeout(() => controller.abort('left'), 5);
    await expect(call).rejects.toBe('left');
  });

  test('answers a deadline with what was read: a part of a stage ranks above what it did not read', async () => {
    const nano = new TableReranker('nano', [1, 5, 3, 4]);
    const small = new TableReranker('small', [9, -9, 9, 9], [{ does: 'partial' }]);
    const { order, tiers, told } = await ask([{ reranker: nano }, { reranker: small, best: 3 }], 4, {
      deadlineAt: performance.now() + 1000,
    });
    expect(tiers).toEqual([0, 1, 0, 0]);
    expect(order).toEqual([1, 3, 2, 0]);
    expect(told.map(({ reason }) => reason)).toEqual(['small read one.']);
  });

  test('keeps no score of a model that another one took over from within a stage', async () => {
    const nano = new TableReranker('nano', [1, 5, 3, 4]);
    const chain = new TableReranker('chain', [9, 8, 7, 6], [{ does: 'answer' }, { does: 'partial' }]);
    const exit = { topK: 2, step: 2, slope: 1, gap: 1e9 };
    const { tiers } = await ask([{ reranker: nano }, { reranker: chain, exit }], 4, {
      deadlineAt: performance.now() + 1000,
    });
    expect(chain.read).toEqual([
      [1, 3],
      [2, 0],
      [1, 3, 2, 0],
    ]);
    expect(tiers).toEqual([0, 1, 0, 0]);
  });

  test('keeps what is there when the deadline comes in a stage that hears nothing', async () => {
    const nano = new TableReranker('nano', [1, 5]);
    const small = new TableReranker('small', [9, 9], [{ does: 'hang', deaf: true }]);
    const large = new TableReranker('large', [9, 9]);
    const stages = [{ reranker: nano }, { reranker: small }, { reranker: large }];
    const started = performance.now();
    const { order, told } = await ask(stages, 2, { deadlineAt: started + 40 });
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(order).toEqual([1, 0]);
    expect(large.calls).toHaveLength(0);
    expect(told.map(({ reason }) => reason)).toEqual([
      'small: deadline-exceeded; the order before it stands.',
      'large: deadline-exceeded; the order before it stands.',
    ]);
    const nothing = await ask(
      [{ reranker: new TableReranker('nano', [], [{ does: 'hang' }]) }, { reranker: large }],
      2,
      {
        deadlineAt: performance.now() + 20,
      },
    );
    expect(nothing.scores).toEqual([null, null]);
    expect(nothing.told).toHaveLength(1);
  });

  test('any scores: the order is that of reading the best of the best', async () => {
    const scores = fc.array(fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 })), {
      minLength: 1,
      maxLength: 30,
    });
    await fc.assert(
      fc.asyncProperty(scores, fc.integer({ min: 1, max: 30 }), async (pairs, best) => {
        const [first, second] = [0, 1].map((model) => pairs.map((pair) => pair[model]!)) as [
          number[],
          number[],
        ];
        const stages = [
          { reranker: new TableReranker('nano', first) },
          { reranker: new TableReranker('small', second), best },
        ];
        const { order } = await ask(stages, pairs.length);
        const places = [...pairs.keys()].sort((a, b) => first[b]! - first[a]! || a - b);
        const top = places.slice(0, best).sort((a, b) => second[b]! - second[a]! || a - b);
        expect(order).toEqual([...top, ...places.slice(best)]);
      }),
      { numRuns: 60 },
    );
  });
});

describe("a cascade that is given stage 1's scores", () => {
  const first = [1, 5, 3, 4, 2];
  const second = [9, 6, 7, 5, 8];
  const stages = (weights = [0.5, 0.25]) => [
    { reranker: new TableReranker('nano', first).blendedBy(weights[0]!) },
    { reranker: new TableReranker('small', second).blendedBy(weights[1]!), best: 3 },
  ];
  // Alone, nano would choose 1, 3 and 2; stage 1 has 0 and 1 far ahead of the others.
  const stage1 = { scores: [9, 8, 2, 1, 0], cosineOf: 'abc' };

  test('chooses the best for the next model, and orders its tiers, by the weight of each model', async () => {
    const [nano, small] = stages();
    const { order, scores } = await ask([nano!, small!], 5, { stage1 });
    expect(small!.reranker.read).toEqual([[1, 0, 3]]);
    expect(order).toEqual([0, 1, 3, 2, 4]);
    expect(scores.map((score) => score?.blend)).toEqual([0.25, 0.25, 0.5, 0.25, 0.5]);
  });

  test.each([
    ['another embedder', { ...stage1, cosineOf: 'other' }],
    ['a score that is no cosine', { scores: stage1.scores }],
    ['a caller who wants none', { ...stage1, blend: 0 }],
  ])('leaves stage 1 out with %s', async (_, given) => {
    const [nano, small] = stages();
    const { order, scores } = await ask([nano!, small!], 5, { stage1: given });
    expect(small!.reranker.read).toEqual([[1, 3, 2]]);
    expect(order).toEqual([2, 1, 3, 4, 0]);
    expect(scores.some((score) => score && 'blend' in score)).toBe(false);
  });

  test("takes the caller's weight for all models", async () => {
    const [nano, small] = stages();
    const { order, scores } = await ask([nano!, small!], 5, { stage1: { scores: stage1.scores, blend: 1 } });
    expect(small!.reranker.read).toEqual([[0, 1, 2]]);
    expect(order).toEqual([0, 1, 2, 3, 4]);
    expect(scores.map((score) => score?.blend)).toEqual([1, 1, 1, 1, 1]);
  });

  test('reads up to an exit by the scores that the exit was calibrated on', async () => {
    const [nano, small] = stages();
    const exit = { topK: 2, step: 2, slope: 1, gap: 1e9 };
    await ask([nano!, { ...small!, exit }], 5, { stage1 });
    expect(small!.reranker.read).toEqual([[1, 3], [0]]);
  });

  test('gives none of them to its models, and all of them through a chain that holds it', async () => {
    const [nano, small] = stages();
    const chain = failoverReranker({
      rerankers: [{ reranker: cascadeReranker({ stages: [nano!, small!] }) }],
    });
    await chain.score({ query: 'q', passages: ['0', '1', '2', '3', '4'], stage1 });
    expect(nano!.reranker.calls[0]).not.toHaveProperty('stage1');
    expect(small!.reranker.read).toEqual([[1, 0, 3]]);
  });

  test('any scores: what the next model reads is the top of the blended ranking before it', async () => {
    const number = fc.integer({ min: -9, max: 9 });
    const rows = fc.array(fc.tuple(number, number, number), { minLength: 1, maxLength: 30 });
    const weight = fc.double({ min: 0.01, max: 1, noNaN: true });
    await fc.assert(
      fc.asyncProperty(rows, weight, weight, fc.integer({ min: 1, max: 30 }), async (given, a, b, best) => {
        const column = (at: number) => given.map((row) => row[at]!);
        const nano = new TableReranker('nano', column(0)).blendedBy(a);
        const small = new TableReranker('small', column(1)).blendedBy(b);
        const scores = column(2);
        const { order } = await ask([{ reranker: nano }, { reranker: small, best }], given.length, {
          stage1: { scores, cosineOf: 'abc' },
        });
        const candidates = scores.map((score, index) => ({
          id: `${index}`,
          text: `${index}`,
          score,
          rank: index + 1,
        }));
        const ranked = (places: readonly number[], reranker: TableReranker, blend: number) =>
          rank(
            places.map((place) => candidates[place]!),
            places.map((place) => reranker.scoreOf(`${place}`)),
            places.length,
            { blend },
          ).map(({ candidate }) => Number(candidate.id));
        const all = ranked([...given.keys()], nano, a);
        const top = all.slice(0, best).sort((x, y) => x - y);
        const rest = all.slice(best).sort((x, y) => x - y);
        expect(new Set(small.read.flat())).toEqual(new Set(top));
        expect(order).toEqual([...ranked(top, small, b), ...ranked(rest, nano, a)]);
      }),
      { numRuns: 100 },
    );
  });
});

describe('what cannot work is refused', () => {
  const reranker = new ScriptedReranker('r', 0, [{ does: 'answer' }]);
  const exit = { topK: 10, step: 16, slope: 1, gap: 2 };
  test.each([
    [[{ reranker }], /stages is a list of 1\. Use two stages or more/],
    [[{ reranker }, {}], /stages\[1\]\.reranker is missing/],
    [[{ reranker, best: 5 }, { reranker }], /stages\[0\] has best/],
    [[{ reranker }, { reranker, best: 0 }], /stages\[1\]\.best is 0/],
    [
      [{ reranker }, { reranker, best: 5 }, { reranker, best: 6 }],
      /stages\[2\]\.best is 6, and the stage before it reads 5/,
    ],
    [[{ reranker }, { reranker, timeoutMs: -1 }], /stages\[1\]\.timeoutMs is -1/],
    [[{ reranker }, { reranker, exit: { ...exit, gap: Number.NaN } }], /stages\[1\]\.exit\.gap is NaN/],
    [[{ reranker }, { reranker, exit: { ...exit, step: 0 } }], /stages\[1\]\.exit\.step is 0/],
    [
      [{ reranker }, { reranker, best: 50, exit }, { reranker, best: 20 }],
      /finds the best 10, and the stage after it reads 20/,
    ],
  ])('stages %#', (stages, words) => {
    expect(() => cascadeReranker({ stages: stages as never })).toThrow(words);
  });

  test.each([
    [{ scores: [1] }, /stage1\.scores has 1 numbers, and there are 2 passages/],
    [{ scores: [1, Number.NaN] }, /stage1\.scores/],
    [{ scores: 'many' }, /stage1\.scores/],
    [{}, /stage1\.scores/],
    [{ scores: [1, 2], blend: 2 }, /stage1\.blend is 2/],
    [{ scores: [1, 2], cosineOf: 7 }, /stage1\.cosineOf/],
    [{ scores: [1, 2], weight: 0.5 }, /weight/],
  ])('stage 1 as %j', async (stage1, words) => {
    const cascade = cascadeReranker({ stages: [{ reranker }, { reranker }] });
    const asked = { query: 'q', passages: ['a', 'b'], stage1: stage1 as never };
    await expect(cascade.score(asked)).rejects.toMatchObject({
      code: 'invalid-options',
      message: expect.stringMatching(words),
    });
  });

  test('a cascade inside a cascade, at once or when it shows, and a cascade inside a cache', async () => {
    const inner = cascadeReranker({ stages: [{ reranker }, { reranker }] });
    expect(inner.fingerprint).toBeUndefined();
    expect(() => cascadeReranker({ stages: [{ reranker }, { reranker: inner }] })).toThrow(
      'stages[1].reranker is a cascade inside a cascade',
    );
    const chain = failoverReranker({ rerankers: [{ reranker: inner }] });
    const outer = cascadeReranker({ stages: [{ reranker: chain }, { reranker }] });
    await expect(outer.score({ query: 'q', passages: ['a'] })).rejects.toMatchObject({
      code: 'invalid-options',
    });
    const cached = cachedReranker(inner, { cache: new ScoreCache({ maxBytes: 1024 }), fingerprint: 'mine' });
    await expect(cached.score({ query: 'q', passages: ['a'] })).rejects.toMatchObject({
      code: 'invalid-options',
    });
  });
});
