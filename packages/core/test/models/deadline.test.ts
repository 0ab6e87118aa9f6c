import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { untilDeadline } from '../../src/foundation/until-deadline.ts';
import { type CrossEncoder, loadCrossEncoder } from '../../src/index.ts';
import { damagedCopy, removeCopies } from './damaged-model.ts';

let model: CrossEncoder;
beforeAll(async () => {
  model = await loadCrossEncoder(damagedCopy('tiny-bert'), { workers: 1 });
});
afterAll(async () => {
  await model.close();
  removeCopies();
});

const query = 'bread';
const passages = Array.from({ length: 12_000 }, (_, index) => `passage ${index} ${'bread '.repeat(100)}`);

describe('score with a deadline', () => {
  test('answers in time; what it scored is what it scores without one', async () => {
    const deadlineAt = performance.now() + 200;
    // On a busy machine any callback is late: the answer may be a little later than a timer for the same moment.
    const timer = setTimeout(200).then(() => performance.now());
    const scores = await model.score({ query, passages, deadlineAt });
    const answered = performance.now();
    expect(answered - Math.max(deadlineAt, await timer)).toBeLessThan(1000);
    expect(scores).toHaveLength(passages.length);
    expect(scores).toContain(null);
    const missing = scores.indexOf(null);
    const alone = await model.score({ query, passages: passages.slice(0, Math.min(3, missing)) });
    for (const [index, { rawScore }] of alone.entries()) {
      expect(scores[index]!.rawScore).toBeCloseTo(rawScore, 4);
    }
  });

  test('that has passed scores nothing, and the model goes on', async () => {
    const scores = await model.score({ query, passages: ['a', 'b'], deadlineAt: performance.now() - 1 });
    expect(scores).toEqual([null, null]);
    expect(await model.score({ query, passages: ['a'] })).toHaveLength(1);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('of %d is refused', async (deadlineAt) => {
    await expect(model.score({ query, passages: ['a'], deadlineAt })).rejects.toMatchObject({
      code: 'invalid-options',
      problem: `deadlineAt is ${deadlineAt}.`,
    });
  });

  test('that is aborted first rejects with the reason', async () => {
    const reason = new Error('no longer needed');
    const signal = AbortSignal.abort(reason);
    const deadlineAt = performance.now() + 1000;
    await expect(model.score({ query, passages, signal, deadlineAt })).rejects.toBe(reason);
  });
});

describe('untilDeadline', () => {
  test('tells the work to stop, and does not hear of it any more', async () => {
    let stopped = false;
    const answer = await untilDeadline(
      (signal) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            stopped = true;
            reject(signal.reason);
          });
        }),
      performance.now() + 5,
    );
    expect({ answer, stopped }).toEqual({ answer: undefined, stopped: true });
  });

  test('passes on an answer and an error that come in time', async () => {
    const deadlineAt = performance.now() + 60_000;
    expect(await untilDeadline(async () => 7, deadlineAt)).toBe(7);
    const failure = new Error('failed');
    await expect(untilDeadline(() => Promise.reject(failure), deadlineAt)).rejects.toBe(failure);
  });
});
