import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { cachedReranker } from '../../src/entries/rerankers.ts';
import { loadCrossEncoder, type PassageScore, type Reranker, type RerankRequest } from '../../src/index.ts';
import { ScoreCache } from '../../src/retrieval/score-cache/score-cache.ts';
import { rerankerContract } from '../../src/testing/index.ts';

const tinyBert = fileURLToPath(new URL('../models/goldens/tiny-bert', import.meta.url));
const roomy = () => new ScoreCache({ maxBytes: 2 ** 20 });

describe('the reranker contract', () => {
  rerankerContract(test, {
    reranker: async () =>
      cachedReranker(await loadCrossEncoder(tinyBert, { workers: 1 }), { cache: roomy() }),
    tolerance: 1e-5,
  });
});

/** Scores by lengths, and remembers what it was asked; waits for `gate` where there is one. */
class LengthReranker implements Reranker {
  readonly name = 'length';
  readonly fingerprint: string = 'length-1';
  readonly asked: string[][] = [];
  readonly signals: AbortSignal[] = [];
  gate: Promise<unknown> = Promise.resolve();

  score(request: RerankRequest & { readonly deadlineAt?: undefined }): Promise<readonly PassageScore[]>;
  score(request: RerankRequest): Promise<readonly (PassageScore | null)[]>;
  async score({
    query,
    passages,
    signal,
    deadlineAt,
  }: RerankRequest): Promise<readonly (PassageScore | null)[]> {
    this.asked.push([...passages]);
    if (signal) this.signals.push(signal);
    await Promise.race([
      this.gate,
      new Promise((_, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason));
      }),
    ]);
    return passages.map((passage) => {
      if (deadlineAt !== undefined && passage.startsWith('slow')) return null;
      const rawScore = query.length - passage.length;
      return { score: 1 / (1 + Math.exp(-rawScore)), rawScore, tokensCut: 0 };
    });
  }
}

function gated(): { readonly reranker: LengthReranker; readonly open: () => void } {
  const reranker = new LengthReranker();
  const { promise, resolve } = Promise.withResolvers<void>();
  reranker.gate = promise;
  return { reranker, open: () => resolve() };
}

describe('any sequence of requests', () => {
  const texts = fc.constantFrom('a', 'bc', 'def', 'ghij', 'klmno', 'pqrstu', 'vwxyzab', 'cdefghij');
  const requests = fc.array(fc.record({ query: texts, passages: fc.array(texts, { maxLength: 8 }) }), {
    maxLength: 30,
  });

  test('has the scores that it has without a cache, in no more than maxBytes', async () => {
    await fc.assert(
      fc.asyncProperty(
        requests,
        fc.integer({ min: 1, max: 6000 }),
        fc.boolean(),
        async (asked, maxBytes, together) => {
          const cache = new ScoreCache({ maxBytes });
          const reranker = new LengthReranker();
          const cached = cachedReranker(reranker, { cache });
          const expected = await Promise.all(asked.map((request) => new LengthReranker().score(request)));
          const answers: (readonly PassageScore[])[] = [];
          if (together) answers.push(...(await Promise.all(asked.map((request) => cached.score(request)))));
          for (const request of together ? [] : asked) {
            answers.push(await cached.score(request));
            expect(cache.stats().bytes).toBeLessThanOrEqual(maxBytes);
          }
          expect(answers).toEqual(expected);
          const { bytes, hits, joined, misses } = cache.stats();
          expect(bytes).toBeLessThanOrEqual(maxBytes);
          expect(misses).toBe(reranker.asked.flat().length);
          const pairs = asked
            .map(({ passages }) => new Set(passages).size)
            .reduce((sum, size) => sum + size, 0);
          expect(hits + joined + misses).toBe(pairs);
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('a pair that comes again', () => {
  test('is answered from the cache, and only new passages are asked for', async () => {
    const cache = roomy();
    const reranker = new LengthReranker();
    const cached = cachedReranker(reranker, { cache });
    await cached.score({ query: 'q', passages: ['a', 'bb'] });
    await cached.score({ query: 'q', passages: ['bb', 'ccc', 'a', 'ccc'] });
    await cached.score({ query: 'other', passages: ['a'] });
    expect(reranker.asked).toEqual([['a', 'bb'], ['ccc'], ['a']]);
    expect(cache.stats()).toMatchObject({ hits: 2, joined: 0, misses: 4, entries: 4 });
    cache.clear();
    expect(cache.stats()).toMatchObject({ entries: 0, bytes: 0 });
  });

  test('is another pair for another fingerprint, in a cache that two rerankers share', async () => {
    const cache = roomy();
    const [first, second] = [new LengthReranker(), new LengthReranker()];
    await cachedReranker(first, { cache }).score({ query: 'q', passages: ['a'] });
    await cachedReranker(second, { cache, fingerprint: 'length-2' }).score({ query: 'q', passages: ['a'] });
    await cachedReranker(second, { cache }).score({ query: 'q', passages: ['a'] });
    expect([first.asked.length, second.asked.length]).toEqual([1, 1]);
  });

  test('does not run together with its neighbor', async () => {
    const reranker = new LengthReranker();
    const cached = cachedReranker(reranker, { cache: roomy() });
    await cached.score({ query: 'ab', passages: ['c'] });
    await cached.score({ query: 'a', passages: ['bc'] });
    expect(reranker.asked).toEqual([['c'], ['bc']]);
  });
});

describe('two requests for one pair at the same time', () => {
  test('compute it once', async () => {
    const { reranker, open } = gated();
    const cache = roomy();
    const cached = cachedReranker(reranker, { cache });
    const first = cached.score({ query: 'q', passages: ['a', 'bb'] });
    const second = cached.score({ query: 'q', passages: ['bb', 'ccc'] });
    open();
    expect((await first)[1]).toEqual((await second)[0]);
    expect(reranker.asked).toEqual([['a', 'bb'], ['ccc']]);
    expect(cache.stats()).toMatchObject({ hits: 0, joined: 1, misses: 3 });
  });

  test('the first is aborted: its reason comes back at once, and the second gets its score', async () => {
    const { reranker, open } = gated();
    const cached = cachedReranker(reranker, { cache: roomy() });
    const controller = new AbortController();
    const first = cached.score({ query: 'q', passages: ['a'], signal: controller.signal });
    const second = cached.score({ query: 'q', passages: ['a'] });
    const reason = new Error('gone');
    controller.abort(reason);
    await expect(first).rejects.toBe(reason);
    open();
    expect(await second).toMatchObject([{ rawScore: 0 }]);
    expect(reranker.asked).toEqual([['a']]);
  });

  test('both are aborted: the work stops', async () => {
    const { reranker } = gated();
    const cached = cachedReranker(reranker, { cache: roomy() });
    const controllers = [new AbortController(), new AbortController()];
    const requests = controllers.map(({ signal }) => cached.score({ query: 'q', passages: ['a'], signal }));
    controllers[0]!.abort(new Error('one'));
    await expect(requests[0]).rejects.toThrow('one');
    expect(reranker.signals[0]!.aborted).toBe(false);
    controllers[1]!.abort(new Error('two'));
    await expect(requests[1]).rejects.toThrow('two');
    expect(reranker.signals[0]!.aborted).toBe(true);
  });

  test('the first fails: it gets the error, and the second asks again', async () => {
    const reranker = new LengthReranker();
    const { promise, reject } = Promise.withResolvers<void>();
    reranker.gate = promise;
    const cached = cachedReranker(reranker, { cache: roomy() });
    const first = cached.score({ query: 'q', passages: ['a'] });
    const second = cached.score({ query: 'q', passages: ['a'] });
    reject(new Error('the model failed'));
    reranker.gate = Promise.resolve();
    await expect(first).rejects.toThrow('the model failed');
    expect(await second).toMatchObject([{ rawScore: 0 }]);
    expect(reranker.asked).toEqual([['a'], ['a']]);
  });
});

describe('a deadline', () => {
  test('leaves passages null, and null is not remembered', async () => {
    const reranker = new LengthReranker();
    const cached = cachedReranker(reranker, { cache: roomy() });
    const passages = ['a', 'slow'];
    const deadlineAt = performance.now() + 60_000;
    expect(await cached.score({ query: 'q', passages, deadlineAt })).toMatchObject([{ rawScore: 0 }, null]);
    expect(await cached.score({ query: 'q', passages })).toMatchObject([{ rawScore: 0 }, { rawScore: -3 }]);
    expect(reranker.asked).toEqual([['a', 'slow'], ['slow']]);
  });

  test('of one request does not count for another that waits for the same pair', async () => {
    const { reranker, open } = gated();
    const cached = cachedReranker(reranker, { cache: roomy() });
    const hurried = cached.score({ query: 'q', passages: ['slow'], deadlineAt: performance.now() + 60_000 });
    const patient = cached.score({ query: 'q', passages: ['slow'] });
    open();
    expect(await hurried).toEqual([null]);
    expect(await patient).toMatchObject([{ rawScore: -3 }]);
  });

  test('ends waiting for what another request computes', async () => {
    const { reranker, open } = gated();
    const cached = cachedReranker(reranker, { cache: roomy() });
    const patient = cached.score({ query: 'q', passages: ['a'] });
    expect(await cached.score({ query: 'q', passages: ['a'], deadlineAt: performance.now() + 20 })).toEqual([
      null,
    ]);
    open();
    expect(await patient).toMatchObject([{ rawScore: 0 }]);
  });
});

describe('options that cannot work', () => {
  test('a reranker without a fingerprint is refused, and one with a given fingerprint is not', () => {
    const { name, score } = new LengthReranker();
    const reranker = { name, score } as Reranker;
    expect(() => cachedReranker(reranker, { cache: roomy() })).toThrow(/fingerprint/);
    expect(cachedReranker(reranker, { cache: roomy(), fingerprint: 'v1' }).fingerprint).toBe('v1');
  });

  test.each([0, -1, 1.5, Number.NaN, '1' as never])('maxBytes %p', (maxBytes) => {
    expect(() => new ScoreCache({ maxBytes })).toThrow(/maxBytes is/);
  });
});

describe('the fingerprint of a cross-encoder', () => {
  test('is the same for the same files, and another for another policy', async () => {
    const options = [{}, {}, { maxQueryShare: 0.25 }, { longPassages: 'chunk-max' as const }];
    const fingerprints: string[] = [];
    for (const option of options) {
      const model = await loadCrossEncoder(tinyBert, { workers: 1, ...option });
      fingerprints.push(model.fingerprint);
      await model.close();
    }
    expect(fingerprints[1]).toBe(fingerprints[0]);
    expect(new Set(fingerprints).size).toBe(3);
  });
});
