import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { errorOf } from '../../service-client/test/error-of.ts';
import {
  type Answer,
  hang,
  json,
  type ReplayServer,
  startServer,
} from '../../service-client/test/replay-server.ts';
import { type RemoteRerankerOptions, remoteReranker } from '../src/index.ts';
import { serviceAnswers } from './service-answers.ts';

let server: ReplayServer;
beforeEach(async () => {
  server = await startServer(serviceAnswers.tei);
});
afterEach(() => server.close());

const open = (options: object = {}) =>
  remoteReranker({ service: 'tei', url: server.url, maxDocuments: 32, ...options } as RemoteRerankerOptions);
const query = 'bread';
const passages = ['flour', 'water', 'salt', 'yeast'];
const until = async (condition: () => boolean) => {
  while (!condition()) await new Promise(setImmediate);
};

describe('a deadline', () => {
  test('is met with the scores that are there, and null for the others', async () => {
    server.answerWith(serviceAnswers.tei, serviceAnswers.tei, hang);
    const reranker = await open({ maxDocuments: 1, concurrency: 1 });
    const expected = await (await open()).score({ query, passages });
    server.answerWith(serviceAnswers.tei, serviceAnswers.tei, hang);
    const deadlineAt = performance.now() + 3000;
    const scores = await reranker.score({ query, passages, deadlineAt });
    expect(performance.now() - deadlineAt).toBeLessThan(2000);
    expect(scores).toEqual([expected[0], expected[1], null, null]);
    await reranker.close();
  });

  test('an answer that comes later changes nothing', async () => {
    const reranker = await open({ service: 'infinity', maxDocuments: 4 });
    let answer = (): void => {};
    server.answerWith((request, response) => {
      answer = () => void serviceAnswers.infinity(request, response);
    });
    const scores = await reranker.score({ query, passages, deadlineAt: performance.now() + 1000 });
    expect(scores).toEqual([null, null, null, null]);
    answer();
    await server.seen[0]!.ended;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(scores).toEqual([null, null, null, null]);
  });

  test('a failure before it is told, so that another reranker can be asked in time', async () => {
    server.answerWith(json({ error: 'overloaded' }, 429, { 'retry-after': '30' }));
    const reranker = await open();
    const deadlineAt = performance.now() + 5000;
    const error = await errorOf(reranker.score({ query, passages, deadlineAt }));
    expect(error.code).toBe('overloaded');
    expect(performance.now()).toBeLessThan(deadlineAt - 3000);
  });

  test.each([Number.NaN, 'soon'])('that is no time is refused: %p', async (deadlineAt) => {
    const error = await errorOf((await open()).score({ query, passages, deadlineAt: deadlineAt as number }));
    expect(error.code).toBe('invalid-options');
  });
});

describe('an abort', () => {
  test('closes the socket, and what waits is not sent', async () => {
    server.answerWith(hang);
    const reranker = await open({ maxDocuments: 1, concurrency: 2 });
    const controller = new AbortController();
    const reason = new Error('the user has left');
    const call = reranker.score({ query, passages, signal: controller.signal });
    await until(() => server.open() === 2);
    controller.abort(reason);
    await expect(call).rejects.toBe(reason);
    await Promise.all(server.seen.map(({ ended }) => ended));
    expect(server.seen).toHaveLength(2);
  });

  test('while it waits for another try ends the wait', async () => {
    server.answerWith(json({}, 503, { 'retry-after': '20' }));
    const reranker = await open();
    const controller = new AbortController();
    const call = reranker.score({ query, passages, signal: controller.signal });
    await until(() => server.seen.length === 1 && server.open() === 0);
    controller.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
  });

  test('by closing the reranker ends everything', async () => {
    server.answerWith(hang);
    const reranker = await open({ closeAbandoned: false });
    const call = errorOf(reranker.score({ query, passages }));
    await until(() => server.open() === 1);
    await reranker.close();
    expect((await call).code).toBe('closed');
    await server.seen[0]!.ended;
  });
});

describe('a service that works on after its caller has gone', () => {
  test('is not given more than it may have at a time', async () => {
    const waiting: (() => void)[] = [];
    const slow: Answer = async (request, response) => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      await serviceAnswers.infinity(request, response);
    };
    server.answerWith(slow);
    const reranker = await open({ service: 'infinity', concurrency: 2 });
    const controller = new AbortController();
    const calls = Array.from({ length: 6 }, () =>
      reranker.score({ query, passages, signal: controller.signal }).catch((reason) => reason),
    );
    await until(() => server.open() === 2);
    controller.abort('left');
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 6 }, () => 'left'));
    expect(server.open()).toBe(2);
    const later = reranker.score({ query, passages });
    expect(server.seen).toHaveLength(2);
    server.answerWith(serviceAnswers.infinity);
    for (const resolve of waiting) resolve();
    expect(await later).toHaveLength(4);
    // The four that waited when their callers left were never sent.
    expect(server.seen).toHaveLength(3);
  });

  test('keeps its place no longer than a try may take', async () => {
    server.answerWith(hang, serviceAnswers.infinity);
    const reranker = await open({ service: 'infinity', concurrency: 1, timeoutMs: 1000 });
    const controller = new AbortController();
    const left = reranker.score({ query, passages, signal: controller.signal }).catch((reason) => reason);
    await until(() => server.open() === 1);
    controller.abort('left');
    expect(await left).toBe('left');
    expect(server.open()).toBe(1);
    expect(await reranker.score({ query, passages })).toHaveLength(4);
    expect(server.seen).toHaveLength(2);
  });
});

describe('limits of requests', () => {
  test('so many at a time', async () => {
    let most = 0;
    server.answerWith(async (request, response) => {
      most = Math.max(most, server.open());
      await new Promise((resolve) => setTimeout(resolve, 5));
      await serviceAnswers.tei(request, response);
    });
    const reranker = await open({ maxDocuments: 1, concurrency: 3 });
    await Promise.all(Array.from({ length: 4 }, () => reranker.score({ query, passages })));
    expect(most).toBe(3);
    expect(server.seen).toHaveLength(16);
  });

  test('so many may wait', async () => {
    server.answerWith(hang);
    const reranker = await open({ concurrency: 1, maxQueuedRequests: 2 });
    const calls = [1, 2, 3].map(() => reranker.score({ query, passages }).catch((error) => error));
    const error = await errorOf(reranker.score({ query, passages }));
    expect(error.code).toBe('overloaded');
    expect(error.message).toMatch(/2 requests are already waiting/);
    await reranker.close();
    await Promise.all(calls);
  });

  test.each([{ requestsPerMinute: 2 }, { charactersPerMinute: 90 }])(
    'so many a minute: %j',
    async (limit) => {
      const reranker = await open({ ...limit, totalTimeoutMs: 5000 });
      await reranker.score({ query, passages });
      await reranker.score({ query, passages });
      const error = await errorOf(reranker.score({ query, passages }));
      expect(error.code).toBe('overloaded');
      expect(error.message).toMatch(/next request may be sent in (?:60|59) s, after the end of this call/);
      expect(server.seen).toHaveLength(2);
    },
  );
});
