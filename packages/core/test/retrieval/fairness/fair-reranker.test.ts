import { describe, expect, test } from '@jest/globals';
import { type PassageScore, type Reranker, type RerankRequest, TwoStageRetriever } from '@secondpass/core';
import { checkRerankRequest } from '@secondpass/core/extend';
import {
  cachedReranker,
  cascadeReranker,
  failoverReranker,
  fairReranker,
  ScoreCache,
} from '@secondpass/core/rerankers';
import type { AskedBy } from '@secondpass/core/runtime';
import { rerankerContract } from '@secondpass/core/testing';

/**
 * A model with a clock of its own: it takes a step for each pair, of all requests in turns, as a pool does. Its time passes
 * only when nothing else is left to do, so that a slow machine changes nothing.
 */
class SteppedReranker implements Reranker {
  readonly name = 'stepped';
  readonly fingerprint = 'stepped-1';
  /** Steps so far: pairs that were scored. */
  now = 0;
  readonly asked: (AskedBy & { readonly pairs: number })[] = [];
  readonly #running: { left: number; readonly end: () => void }[] = [];
  #isRunning = false;

  score(request: RerankRequest & { readonly deadlineAt?: undefined }): Promise<readonly PassageScore[]>;
  score(request: RerankRequest): Promise<readonly (PassageScore | null)[]>;
  async score({ passages, caller, tenant }: RerankRequest): Promise<readonly PassageScore[]> {
    this.asked.push({ caller, tenant, pairs: passages.length });
    await new Promise<void>((end) => {
      this.#running.push({ left: passages.length, end });
      void this.#run();
    });
    return passages.map((passage) => ({ score: 0.5, rawScore: passage.length, tokensCut: 0 }));
  }

  async #run(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    while (this.#running.length > 0) {
      const one = this.#running.shift()!;
      this.now += 1;
      one.left -= 1;
      if (one.left > 0) this.#running.push(one);
      else one.end();
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#isRunning = false;
  }
}

const pairs = (count: number, caller: string): RerankRequest & { deadlineAt?: undefined } => ({
  query: 'q',
  passages: Array.from({ length: count }, (_, index) => `${caller} ${index}`),
  caller,
});

/** Steps from the request to its answer, of each of `count` requests one after the other. */
async function steps(model: SteppedReranker, reranker: Reranker, size: number, count: number) {
  const taken: number[] = [];
  for (let turn = 0; turn < count; turn += 1) {
    const began = model.now;
    await reranker.score(pairs(size, 'calm'));
    taken.push(model.now - began);
    // Between its requests, the other one has the model for itself.
    for (let idle = 0; idle < 7 + turn; idle += 1) await new Promise((resolve) => setImmediate(resolve));
  }
  return taken.sort((a, b) => a - b);
}

const at = (sorted: readonly number[], share: number) => sorted[Math.ceil(share * sorted.length) - 1]!;

describe('the contract of rerankers', () => {
  const inner: Reranker = {
    name: 'words',
    fingerprint: 'words-1',
    score: async (request: RerankRequest) => {
      checkRerankRequest(request, 'words');
      const { query, passages } = request;
      return passages.map((passage) => {
        const rawScore = query.split(' ').filter((word) => passage.includes(word)).length - 2;
        return { score: 1 / (1 + Math.exp(-rawScore)), rawScore, tokensCut: 0 };
      });
    },
  };
  rerankerContract(test, { reranker: async () => fairReranker(inner, { maxPairsInWork: 2 }), tolerance: 0 });
});

describe('a flood of 200 requests of one caller', () => {
  test.each([
    [10, 10],
    [10, 100],
    [100, 10],
    [100, 100],
  ])(
    'of %d pairs each: %d pairs of another caller take at most three times as long as alone',
    async (flooded, size) => {
      const model = new SteppedReranker();
      const reranker = fairReranker(model);
      const flood = Array.from({ length: 200 }, () => reranker.score(pairs(flooded, 'flood')));
      const all = Promise.allSettled(flood);
      const taken = await steps(model, reranker, size, 12);
      expect(at(taken, 0.95) / size).toBeLessThanOrEqual(3);
      await all;
      expect(model.asked.reduce((sum, one) => sum + one.pairs, 0)).toBe(200 * flooded + 12 * size);
    },
  );

  test('without it, they take many times as long', async () => {
    const model = new SteppedReranker();
    const all = Promise.allSettled(Array.from({ length: 200 }, () => model.score(pairs(10, 'flood'))));
    expect(at(await steps(model, model, 10, 1), 0.95) / 10).toBeGreaterThan(50);
    await all;
  });

  test('is refused above its own bound, at once, and says when to come back; the other caller is served', async () => {
    const model = new SteppedReranker();
    const reranker = fairReranker(model, { maxQueued: 50 });
    const outcomes = await Promise.allSettled([
      ...Array.from({ length: 200 }, () => reranker.score(pairs(10, 'flood'))),
      reranker.score(pairs(10, 'calm')),
    ]);
    const refused = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    expect(refused.length).toBeGreaterThanOrEqual(145);
    expect(refused.length).toBeLessThanOrEqual(150);
    expect(refused[0]).toMatchObject({ code: 'overloaded', origin: 'stepped', retryAfterMs: 1000 });
    expect(outcomes.at(-1)!.status).toBe('fulfilled');
  });
});

describe('a list', () => {
  test('is scored as a whole while its caller is alone, and in parts while another is there', async () => {
    const model = new SteppedReranker();
    const reranker = fairReranker(model, { maxPairsInWork: 8 });
    await reranker.score(pairs(50, 'one'));
    expect(model.asked).toEqual([{ caller: 'one', tenant: undefined, pairs: 50 }]);
    const scores = await Promise.all([reranker.score(pairs(30, 'two')), reranker.score(pairs(20, 'three'))]);
    expect(scores.map((list) => list.map(({ rawScore }) => rawScore))).toEqual(
      [pairs(30, 'two'), pairs(20, 'three')].map(({ passages }) => passages.map(({ length }) => length)),
    );
    expect(Math.max(...model.asked.slice(2).map((one) => one.pairs))).toBeLessThanOrEqual(22);
    expect(model.asked.length).toBeGreaterThan(5);
  });

  test('of which a part is another model’s is scored again as a whole, so that its scores come from one answer', async () => {
    let calls = 0;
    const inner: Reranker = {
      name: 'two models',
      score: async ({ passages, onDegraded }: RerankRequest) => {
        calls += 1;
        await new Promise((resolve) => setImmediate(resolve));
        if (passages.length < 30) onDegraded?.({ stage: 'rerank', reason: 'the second one' });
        return passages.map(() => ({ score: 0.5, rawScore: passages.length, tokensCut: 0 }));
      },
    };
    const reranker = fairReranker(inner, { maxPairsInWork: 8 });
    const other = reranker.score(pairs(8, 'other'));
    const scores = await reranker.score(pairs(30, 'one'));
    expect(new Set(scores.map(({ rawScore }) => rawScore))).toEqual(new Set([30]));
    expect(calls).toBe(3);
    await other;
  });

  test('that is late has null for what was not reached, and one that is aborted leaves the queue', async () => {
    const { promise: opened, resolve: open } = Promise.withResolvers<void>();
    // It answers nothing until it is opened, so that no machine is fast enough for the deadline.
    const gated: Reranker = {
      name: 'gated',
      score: async ({ passages }: RerankRequest) => {
        await opened;
        return passages.map(() => ({ score: 0.5, rawScore: 0, tokensCut: 0 }));
      },
    };
    const reranker = fairReranker(gated, { maxPairsInWork: 4, maxQueued: 40 });
    const flood = Promise.allSettled(Array.from({ length: 40 }, () => reranker.score(pairs(8, 'flood'))));
    const late = await reranker.score({ ...pairs(8, 'flood'), deadlineAt: performance.now() + 20 });
    expect(late).toEqual(Array(8).fill(null));
    const stop = new AbortController();
    const gone = reranker.score({ ...pairs(8, 'flood'), signal: stop.signal });
    stop.abort(new Error('gone'));
    await expect(gone).rejects.toThrow('gone');
    // Both places are free again: the next one waits, and the one after it is refused.
    const last = reranker.score(pairs(8, 'flood'));
    await expect(reranker.score(pairs(8, 'flood'))).rejects.toMatchObject({ code: 'overloaded' });
    open();
    expect(new Set((await flood).map(({ status }) => status))).toEqual(new Set(['fulfilled']));
    expect(await last).toHaveLength(8);
  });
});

describe('a model that shares between callers itself', () => {
  const sharing = () => Object.assign(new SteppedReranker(), { sharesBetweenCallers: true as const });

  test('is given whole lists, 256 pairs at a time and as many again for callers that have none in work', async () => {
    const model = sharing();
    const reranker = fairReranker(model);
    const flood = Array.from({ length: 8 }, () => reranker.score(pairs(100, 'flood')));
    const calm = reranker.score(pairs(100, 'calm'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(model.asked.map((one) => [one.caller, one.pairs])).toEqual([
      ['flood', 100],
      ['flood', 100],
      ['calm', 100],
    ]);
    await Promise.all([...flood, calm]);
    expect(new Set(model.asked.map((one) => one.pairs))).toEqual(new Set([100]));
  });
});

describe('the caller', () => {
  test('and its tenant have a share that no other pair of names has, and the tenant’s weight', async () => {
    const model = new SteppedReranker();
    const reranker = fairReranker(model, { maxPairsInWork: 1, maxQueued: 1, weights: { vip: 5 } });
    const ask = (caller: string, tenant: string) => reranker.score({ ...pairs(1, caller), tenant });
    // Each may leave one waiting, and has one in work at most: were the two one, the fourth request would be refused.
    const asked = [ask('a/b', 'c'), ask('a', 'b/c'), ask('a/b', 'c'), ask('a', 'b/c')];
    expect(new Set((await Promise.allSettled(asked)).map(({ status }) => status))).toEqual(
      new Set(['fulfilled']),
    );
    const order: string[] = [];
    const many = fairReranker(model, { maxPairsInWork: 1, weights: { vip: 5 } });
    const track = (tenant: string) =>
      many.score({ ...pairs(1, 'gateway'), tenant }).then(() => order.push(tenant));
    await Promise.all(Array.from({ length: 30 }, () => [track('plain'), track('vip')]).flat());
    expect(order.slice(0, 24).filter((tenant) => tenant === 'vip').length).toBeGreaterThanOrEqual(17);
  });

  test('is handed on with its tenant by caches, failovers, cascades and the retriever', async () => {
    const model = new SteppedReranker();
    const fair = fairReranker(model);
    const cached = cachedReranker(fair, { cache: new ScoreCache({ maxBytes: 2 ** 20 }) });
    const chain = failoverReranker({ rerankers: [{ reranker: cached }] });
    const reranker = cascadeReranker({ stages: [{ reranker: chain }, { reranker: fair, best: 1 }] });
    const source = {
      name: 'two',
      input: 'text',
      search: async () =>
        ['a', 'b'].map((text, index) => ({ id: text, text, score: 1 - index, rank: index + 1 })),
    } as const;
    const retriever = new TwoStageRetriever({ source, reranker });
    await retriever.retrieve('first', { tenant: 'acme' });
    await retriever.retrieve('second', { tenant: 'acme', caller: 'gateway' });
    await retriever.retrieve('third');
    const first = { caller: undefined, tenant: 'acme' };
    const second = { caller: 'gateway', tenant: 'acme' };
    const third = { caller: undefined, tenant: undefined };
    expect(model.asked.map(({ caller, tenant }) => ({ caller, tenant }))).toEqual(
      [first, second, third].flatMap((names) => [names, names]),
    );
    await expect(retriever.retrieve('fourth', { caller: '' })).rejects.toMatchObject({ path: ['caller'] });
  });
});

test('a cascade as a whole is refused, and so are unknown options', () => {
  const model = new SteppedReranker();
  const cascade = cascadeReranker({ stages: [{ reranker: model }, { reranker: model, best: 1 }] });
  expect(() => fairReranker(cascade)).toThrow(/each stage/);
  expect(() => fairReranker(model, { weights: { acme: 0 } })).toThrow(/weights.acme/);
});
