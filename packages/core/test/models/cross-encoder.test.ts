import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { longestPassage } from '../../src/entries/extend.ts';
import { longestQuery } from '../../src/foundation/check-text.ts';
import { type CrossEncoder, loadCrossEncoder } from '../../src/index.ts';
import { rerankerContract } from '../../src/testing/index.ts';
import { damagedCopy, removeCopies } from './damaged-model.ts';

const directory = damagedCopy('tiny-bert');
let model: CrossEncoder;
beforeAll(async () => {
  model = await loadCrossEncoder(directory, { workers: 2 });
});
afterAll(async () => {
  await model.close();
  removeCopies();
});

describe('the reranker contract', () => {
  rerankerContract(test, { reranker: () => loadCrossEncoder(directory, { workers: 1 }), tolerance: 1e-5 });
});

describe('input that no model should read', () => {
  const passages = ['a river'];
  test.each([
    ['an empty query', { query: '', passages }, 'invalid-query', 'is empty'],
    ['a blank query', { query: ' \n\t', passages }, 'invalid-query', 'is empty'],
    [
      'a query of 1 MB',
      { query: 'word '.repeat(200_000), passages },
      'invalid-query',
      `limit of ${longestQuery.toLocaleString('en')}`,
    ],
    ['a query that is a number', { query: 7 as never, passages }, 'invalid-query', 'number'],
    ['a passage that is null', { query: 'q', passages: [null as never] }, 'invalid-passage', 'null'],
    [
      'passages that are a string',
      { query: 'q', passages: 'text' as never },
      'invalid-passage',
      'not a list',
    ],
  ])('%s', async (_, request, code, words) => {
    await expect(model.score(request)).rejects.toMatchObject({
      name: 'RetrievalError',
      code,
      origin: model.name,
    });
    await expect(model.score(request)).rejects.toThrow(words);
  });

  test('any string is a passage: what is odd is read as it can be, and what is too long is cut', async () => {
    const odd = ['', ' ', 'a\0b', 'a \ud83d', 'x y '.repeat(longestPassage)];
    const scores = await model.score({ query: 'bridge', passages: odd });
    expect(scores.every(({ rawScore }) => Number.isFinite(rawScore))).toBe(true);
    expect(scores.at(-1)!.tokensCut).toBeGreaterThan(0);
    const [replaced] = await model.score({ query: 'bridge', passages: ['a \ufffd'] });
    expect(scores[3]!.rawScore).toBeCloseTo(replaced!.rawScore, 6);
  });

  test('and the model still answers afterwards', async () => {
    expect(await model.score({ query: 'bridge', passages })).toHaveLength(1);
  });
});

describe('a long passage', () => {
  test('is cut at its end, and the answer says by how much', async () => {
    const long = 'harbour '.repeat(500);
    const [short, cut] = await model.score({ query: 'ship', passages: ['harbour', long] });
    expect(short!.tokensCut).toBe(0);
    expect(cut!.tokensCut).toBeGreaterThan(300);
  });
});

describe('stopping', () => {
  test('an aborted request leaves the queue at once, and its reason comes back', async () => {
    const controller = new AbortController();
    const passages = Array.from({ length: 2000 }, (_, index) => `passage ${index} ${'bread '.repeat(60)}`);
    const request = model.score({ query: 'bread', passages, signal: controller.signal });
    const reason = new Error('the caller went away');
    setTimeout(() => controller.abort(reason), 30);
    await expect(request).rejects.toBe(reason);
    const started = performance.now();
    await model.score({ query: 'bread', passages: ['one'] });
    expect(performance.now() - started).toBeLessThan(1500);
  });

  test('more than the queue holds is refused as overloaded, and what was queued before is answered', async () => {
    const small = await loadCrossEncoder(directory, { workers: 1, maxBatchTokens: 16, maxQueuedBatches: 4 });
    // The thread holds some milliseconds of so quick a model's batches itself.
    const outcomes = await Promise.allSettled(
      Array.from({ length: 500 }, () =>
        small.score({ query: 'bread', passages: ['flour and yeast', 'a bridge'] }),
      ),
    );
    const refused = outcomes.filter(({ status }) => status === 'rejected');
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThan(500);
    expect(refused[0]).toMatchObject({ reason: { code: 'overloaded' } });
    expect(await small.score({ query: 'bread', passages: ['flour'] })).toHaveLength(1);
    await small.close();
  });

  test('close() while scoring lets the running batch end, and the process lives on', async () => {
    const closing = await loadCrossEncoder(directory, { workers: 2, maxBatchTokens: 6000 });
    const passages = Array.from({ length: 400 }, (_, index) => `flour ${index} ${'bread '.repeat(150)}`);
    const scoring = closing.score({ query: 'bread', passages }).catch((error) => error.code);
    await new Promise((resolve) => setTimeout(resolve, 40));
    await closing.close();
    expect(await scoring).toBe('closed');
  });

  test('close() ends what waits, twice is fine, and later requests are told', async () => {
    const closing = await loadCrossEncoder(directory, { workers: 1, maxBatchTokens: 16 });
    const waiting = closing.score({
      query: 'bread',
      passages: Array.from({ length: 50 }, (_, n) => `flour ${n}`),
    });
    const outcome = expect(waiting).rejects.toMatchObject({ code: 'closed' });
    await closing.close();
    await closing.close();
    await outcome;
    await expect(closing.score({ query: 'a', passages: ['b'] })).rejects.toMatchObject({ code: 'closed' });
  });
});
