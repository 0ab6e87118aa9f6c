import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { failoverReranker } from '../../../src/entries/rerankers.ts';
import { loadCrossEncoder, RetrievalError } from '../../../src/index.ts';
import { rerankerContract } from '../../../src/testing/index.ts';
import { after, chainOf, errorOf, passages, request } from './scripted-chain.ts';
import { type Behavior, modelsOf, ScriptedReranker } from './scripted-reranker.ts';

const tinyBert = fileURLToPath(new URL('../../models/goldens/tiny-bert', import.meta.url));
describe('the reranker contract', () => {
  rerankerContract(test, {
    reranker: async () =>
      failoverReranker({
        rerankers: [
          { reranker: new ScriptedReranker('down', 0, [{ does: 'fail' }]) },
          { reranker: await loadCrossEncoder(tinyBert, { workers: 1, probe: false, optimize: false }) },
        ],
      }),
    tolerance: 1e-5,
  });
});

describe('a chain', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  test('answers with the first alone while that one answers, and tells nothing', async () => {
    const { ask, told, local } = chainOf([{ does: 'answer', after: 99 }]);
    expect(modelsOf(await after(99, ask()))).toEqual([1]);
    expect(told).toEqual([]);
    expect(local.calls).toHaveLength(0);
  });

  test.each<[Behavior, string]>([
    [{ does: 'fail', code: 'overloaded' }, 'remote: overloaded; local answered.'],
    [{ does: 'foreign-error' }, 'remote: SyntaxError; local answered.'],
    [{ does: 'throw' }, 'remote: TypeError; local answered.'],
    [{ does: 'nan' }, 'remote: model-output-invalid; local answered.'],
    [{ does: 'short' }, 'remote: model-output-invalid; local answered.'],
    [{ does: 'nothing' }, 'remote: model-output-invalid; local answered.'],
    [{ does: 'hang' }, 'remote: deadline-exceeded; local answered.'],
    [{ does: 'hang', deaf: true }, 'remote: deadline-exceeded; local answered.'],
  ])('goes on after %j, and tells who failed how and who answered', async (behavior, reason) => {
    const { ask, told } = chainOf([behavior]);
    const scores = await after(101, ask());
    expect(modelsOf(scores)).toEqual([2]);
    expect(scores).toHaveLength(passages.length);
    expect(told).toEqual([{ stage: 'rerank', reason }]);
  });

  test('names no text, even where an error does', async () => {
    const { ask, told } = chainOf([{ does: 'foreign-error' }], [{ does: 'foreign-error' }]);
    const error = await errorOf(after(1, ask()));
    expect(String(error)).not.toMatch(/secret|one/);
    expect(JSON.stringify(told)).not.toMatch(/secret/);
  });

  test('rejects with every failure when all failed, under the code that they share', async () => {
    const { ask } = chainOf([{ does: 'fail', code: 'model-crashed' }], [{ does: 'hang' }]);
    const error = await errorOf(after(10_001, ask()));
    expect(error).toMatchObject({ code: 'rerank-failed', origin: 'remote, else local' });
    expect((error as RetrievalError).message).toContain('remote: model-crashed, local: deadline-exceeded');
    expect((error as RetrievalError).cause).toMatchObject({ errors: [{ code: 'model-crashed' }] });
    const busy = chainOf([{ does: 'fail', code: 'overloaded' }], [{ does: 'fail', code: 'overloaded' }]);
    expect(await errorOf(after(1, busy.ask()))).toMatchObject({ code: 'overloaded' });
  });

  test("gives a caller's mistake back at once, and holds it against nobody", async () => {
    const { ask, local, remote } = chainOf([...Array(20).fill({ does: 'mistake' }), { does: 'answer' }]);
    for (let call = 0; call < 20; call += 1) {
      expect(await errorOf(after(1, ask()))).toMatchObject({ code: 'invalid-passage', origin: 'remote' });
    }
    expect(local.calls).toHaveLength(0);
    expect(modelsOf(await after(1, ask()))).toEqual([1]);
    await expect(ask({ query: ' ' })).rejects.toMatchObject({ code: 'invalid-query' });
    await expect(ask({ deadlineAt: Number.NaN })).rejects.toMatchObject({ code: 'invalid-options' });
    expect(remote.calls).toHaveLength(21);
  });

  test('rejects at once with the reason of an abort, also of a deaf reranker, and holds it against nobody', async () => {
    const { ask, remote } = chainOf([...Array(9).fill({ does: 'hang', deaf: true }), { does: 'answer' }]);
    for (let call = 0; call < 9; call += 1) {
      const controller = new AbortController();
      const reason = new Error('left');
      const answer = errorOf(ask({ signal: controller.signal }));
      await jest.advanceTimersByTimeAsync(10);
      controller.abort(reason);
      expect(await after(0, answer)).toBe(reason);
    }
    expect(remote.aborted).toBe(9);
    expect(modelsOf(await after(1, ask()))).toEqual([1]);
  });

  test('leaves out a reranker that keeps failing, probes it later, and comes back to it', async () => {
    const circuit = { failures: 3, windowMs: 1000, probeAfterMs: 500 };
    const down = Array<Behavior>(4).fill({ does: 'fail' });
    const { ask, remote, told } = chainOf([...down, { does: 'answer' }], undefined, { circuit });
    for (let call = 0; call < 3; call += 1) await after(1, ask());
    await after(1, ask());
    expect(remote.calls).toHaveLength(3);
    expect(told.at(-1)!.reason).toBe('remote: circuit-open; local answered.');
    await jest.advanceTimersByTimeAsync(500);
    expect(modelsOf(await after(1, ask()))).toEqual([2]);
    expect(remote.calls).toHaveLength(4);
    await after(1, ask());
    expect(remote.calls).toHaveLength(4);
    await jest.advanceTimersByTimeAsync(500);
    expect(modelsOf(await after(1, ask()))).toEqual([1]);
  });

  test('deadlines that most answers would miss are held against nobody; longer ones are', async () => {
    const answered = Array<Behavior>(20).fill({ does: 'answer', after: 60 });
    const { ask, remote, told } = chainOf([...answered, ...Array<Behavior>(70).fill({ does: 'hang' })]);
    for (let call = 0; call < 20; call += 1) await after(60, ask());
    for (let call = 0; call < 40; call += 1) {
      expect(modelsOf(await after(25, ask({ deadlineAt: performance.now() + 40 })))).toEqual([2]);
    }
    expect(remote.calls).toHaveLength(60);
    for (let call = 0; call < 30; call += 1) await after(100, ask({ deadlineAt: performance.now() + 190 }));
    expect(told.at(-1)!.reason).toBe('remote: circuit-open; local answered.');
    expect(remote.calls.length).toBeLessThan(90);
  });

  test('rejects without waiting when every circuit is open', async () => {
    const remote = new ScriptedReranker('remote', 1, [{ does: 'fail' }]);
    const chain = failoverReranker({ rerankers: [{ reranker: remote, circuit: { failures: 1 } }] });
    await errorOf(after(1, chain.score(request)));
    expect(await errorOf(after(0, chain.score(request)))).toMatchObject({
      code: 'rerank-failed',
      problem: expect.stringContaining('remote: circuit-open'),
    });
    expect(remote.calls).toHaveLength(1);
  });

  test('circuit: false asks it every time', async () => {
    const { ask, remote } = chainOf([{ does: 'fail' }], undefined, { circuit: false });
    for (let call = 0; call < 30; call += 1) await after(1, ask());
    expect(remote.calls).toHaveLength(30);
  });
});

describe('a chain as a whole', () => {
  test('has a fingerprint only where all have the same', () => {
    const of = (...prints: (string | undefined)[]) =>
      failoverReranker({
        rerankers: prints.map((print, index) => ({ reranker: new ScriptedReranker('r', index, [], print) })),
      }).fingerprint;
    expect(of('a', 'a')).toBe('a');
    expect(of('a', 'b')).toBeUndefined();
    expect(of(undefined, undefined)).toBeUndefined();
  });

  test('leaves the rerankers open that were passed to it', async () => {
    const { chain, remote, local } = chainOf([{ does: 'answer' }]);
    await chain.close!();
    expect([remote.closed, local.closed]).toEqual([0, 0]);
  });

  const reranker = new ScriptedReranker('r', 0, []);
  test.each([
    [{ rerankers: [] }, /rerankers is a list of 0/],
    [{ rerankers: [{}] }, /rerankers\[0\]\.reranker is missing/],
    [{ rerankers: [{ reranker, timeoutMs: 0 }] }, /rerankers\[0\]\.timeoutMs is 0/],
    [{ rerankers: [{ reranker, circuit: { failures: 0 } }] }, /circuit\.failures is 0/],
    [{ rerankers: [{ reranker, circuit: { failureShare: 2 } }] }, /circuit\.failureShare is 2/],
    [{ rerankers: [{ reranker, hedge: { budget: 2 } }] }, /hedge\.budget is 2/],
    [{ rerankers: [{ reranker, hedge: { to: 'next' } }] }, /hedge\.to is next, and none comes after it/],
  ])('refuses %j', (options, words) => {
    expect(() => failoverReranker(options as never)).toThrow(words);
    expect(() => failoverReranker(options as never)).toThrow(RetrievalError);
  });
});
