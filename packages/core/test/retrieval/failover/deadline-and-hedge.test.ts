import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { failoverReranker } from '../../../src/entries/rerankers.ts';
import { after, chainOf, errorOf, request } from './scripted-chain.ts';
import { type Behavior, modelsOf, ScriptedReranker } from './scripted-reranker.ts';

describe('a deadline', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  const inMs = (milliseconds: number) => ({ deadlineAt: performance.now() + milliseconds });

  test('leaves half of what is left to the others', async () => {
    const { ask, remote, told } = chainOf([{ does: 'hang' }], [{ does: 'answer', after: 35 }]);
    expect(modelsOf(await after(80, ask(inMs(80))))).toEqual([2]);
    expect(remote.calls[0]!.deadlineAt).toBeLessThan(performance.now() - 39);
    expect(told).toHaveLength(1);
  });

  test('is all for the last, and for one whose followers are left out', async () => {
    const circuit = { failures: 1, probeAfterMs: 10_000 };
    const first = new ScriptedReranker('first', 1, [{ does: 'fail' }, { does: 'answer', after: 70 }]);
    const second = new ScriptedReranker('second', 2, [{ does: 'fail' }]);
    const chain = failoverReranker({
      rerankers: [
        { reranker: first, circuit: false },
        { reranker: second, circuit },
      ],
    });
    await errorOf(after(1, chain.score(request)));
    expect(modelsOf(await after(80, chain.score({ ...request, ...inMs(80) })))).toEqual([1]);
  });

  test('takes scores for a part of the passages only where nobody gives all', async () => {
    const full = chainOf([{ does: 'partial', after: 30 }], [{ does: 'answer', after: 30 }]);
    expect(await after(80, full.ask(inMs(80)))).not.toContain(null);
    expect(full.told.map(({ reason }) => reason)).toEqual(['remote was slow; local answered.']);
    const none = chainOf([{ does: 'partial', after: 30 }], [{ does: 'hang' }]);
    const scores = await after(80, none.ask(inMs(80)));
    expect(modelsOf(scores)).toEqual([1]);
    expect(scores.filter((score) => score === null)).toHaveLength(2);
    expect(none.told.map(({ reason }) => reason)).toEqual([
      'remote read one.',
      'local: deadline-exceeded; remote answered 1 of 3 passages in time.',
    ]);
  });

  test('that leaves no time to ask says nothing about who was not asked', async () => {
    const { ask, remote } = chainOf([{ does: 'answer' }]);
    for (let call = 0; call < 10; call += 1) await after(3, ask(inMs(3)));
    expect(remote.calls).toHaveLength(0);
    expect(modelsOf(await after(1, ask()))).toEqual([1]);
  });

  test('that none kept gives null for each passage, and tells it', async () => {
    const { ask, told } = chainOf([{ does: 'hang', deaf: true }], [{ does: 'hang', deaf: true }]);
    expect(await after(81, ask(inMs(80)))).toEqual([null, null, null]);
    expect(told).toEqual([
      {
        stage: 'rerank',
        reason: 'remote: deadline-exceeded, local: deadline-exceeded; none answered in time.',
      },
    ]);
  });
});

describe('a second request', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  const quick = Array<Behavior>(20).fill({ does: 'answer', after: 10 });

  test('goes to the same reranker after its p95; the first good answer wins and the other is aborted', async () => {
    const { ask, remote, told } = chainOf([...quick, { does: 'hang' }, ...quick], undefined, { hedge: {} });
    for (let call = 0; call < 20; call += 1) await after(10, ask());
    expect(modelsOf(await after(20, ask()))).toEqual([1]);
    expect(remote.calls).toHaveLength(22);
    expect(remote.calls[20]!.signal!.aborted).toBe(true);
    expect(remote.calls[21]!.signal!.aborted).toBe(false);
    expect(told).toEqual([]);
  });

  test('goes to the next where asked to, and an answer of that one is told', async () => {
    const { ask, local, remote, told } = chainOf([...quick, { does: 'hang' }], undefined, {
      hedge: { to: 'next' },
    });
    for (let call = 0; call < 20; call += 1) await after(10, ask());
    expect(modelsOf(await after(11, ask()))).toEqual([2]);
    expect(local.calls).toHaveLength(1);
    expect(remote.aborted).toBe(1);
    expect(told.map(({ reason }) => reason)).toEqual(['remote was slow; local answered.']);
  });

  test('does not wait for the other when one of both fails', async () => {
    const { ask } = chainOf([...quick, { does: 'answer', after: 50 }], [{ does: 'fail' }], {
      hedge: { to: 'next' },
    });
    for (let call = 0; call < 20; call += 1) await after(10, ask());
    expect(modelsOf(await after(50, ask()))).toEqual([1]);
  });

  test('is made for no more than its share of the calls when all get slow', async () => {
    const slow: Behavior = { does: 'answer', after: 90 };
    const { ask, remote } = chainOf([...quick, slow], undefined, { hedge: {} });
    for (let call = 0; call < 20; call += 1) await after(10, ask());
    for (let call = 0; call < 100; call += 1) await after(100, ask());
    expect(remote.calls.length).toBeGreaterThan(120);
    expect(remote.calls.length).toBeLessThanOrEqual(120 + 1 + 0.05 * 120);
  });
});
