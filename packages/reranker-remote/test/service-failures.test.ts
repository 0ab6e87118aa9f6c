import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { errorOf, everythingOf } from '../../service-client/test/error-of.ts';
import {
  type Answer,
  cut,
  hang,
  json,
  type ReplayServer,
  reset,
  startServer,
} from '../../service-client/test/replay-server.ts';
import { type RemoteRerankerOptions, remoteReranker } from '../src/index.ts';
import { serviceAnswers } from './service-answers.ts';

let server: ReplayServer;
beforeEach(async () => {
  server = await startServer(serviceAnswers.cohere);
});
afterEach(() => server.close());

const sound = serviceAnswers.cohere;
const request = { query: 'how is bread baked', passages: ['knead the dough', 'mind the gap'] };
const open = (more: object = {}) =>
  remoteReranker({ service: 'cohere', url: server.url, model: 'm', ...more } as RemoteRerankerOptions);

async function failureOf(answers: readonly Answer[], more: object = { retries: 0 }) {
  server.answerWith(...answers);
  const reranker = await open(more);
  return errorOf(reranker.score(request));
}

describe('what may be well a moment later is asked again', () => {
  test.each<[string, Answer]>([
    ['429', json({ message: 'slow down' }, 429)],
    ['429 with seconds', json({}, 429, { 'retry-after': '0' })],
    ['429 with a date', json({}, 429, { 'retry-after': new Date(Date.now() - 1000).toUTCString() })],
    ['502', json({}, 502)],
    ['503', json({}, 503)],
    ['504', json({}, 504)],
    ['a connection that is reset', reset],
    ['an answer that is cut', cut],
    ['no answer in time', hang],
  ])('%s', async (_, answer) => {
    server.answerWith(answer, sound);
    const reranker = await open({ timeoutMs: answer === hang ? 500 : 10_000 });
    expect(await reranker.score(request)).toHaveLength(2);
    expect(server.seen).toHaveLength(2);
  });

  test('500 too, which is told as a failure of the service, not of the network', async () => {
    const error = await failureOf([json({ message: 'bad' }, 500)], { retries: 1 });
    expect(error.code).toBe('rerank-failed');
    expect(error.message).toMatch(/answered 500: bad\. Look at the service's own log/);
    expect(server.seen).toHaveLength(2);
  });

  test('but not more often than was said, and the last reason is told', async () => {
    const error = await failureOf([json({}, 502), json({ message: 'in repair' }, 503)], { retries: 1 });
    expect(error.message).toMatch(
      /^cohere:m: http:\/\/127\.0\.0\.1:\d+\/rerank answered 503: in repair\. Check/,
    );
    expect(error.code).toBe('reranker-unreachable');
    expect(server.seen).toHaveLength(2);
  });
});

test('a slow answer is not asked for again where the service still works on it', async () => {
  const error = await failureOf([hang], { service: 'infinity', timeoutMs: 500, retries: 2 });
  expect(error.code).toBe('deadline-exceeded');
  expect(server.seen).toHaveLength(1);
});

describe('what will not change is asked once', () => {
  test.each<[number, string, RegExp]>([
    [400, 'rerank-failed', /answered 400: bad\. Check that the model takes/],
    [401, 'rerank-failed', /answered 401: bad\. Set a key/],
    [404, 'rerank-failed', /Check url, and that the service has the model/],
    [422, 'rerank-failed', /answered 422: bad/],
    [424, 'rerank-failed', /answered 424: bad/],
    [501, 'rerank-failed', /answered 501/],
  ])('%i', async (status, code, words) => {
    const error = await failureOf([json({ message: 'bad' }, status)], {});
    expect(error.code).toBe(code);
    expect(error.message).toMatch(words);
    expect(server.seen).toHaveLength(1);
  });

  test('a redirect, which would carry the key along', async () => {
    const elsewhere = await startServer(sound);
    const redirect: Answer = (_, response) => {
      response.writeHead(307, { location: `${elsewhere.url}/rerank` }).end();
    };
    const error = await failureOf([redirect], { apiKey: 'sk-secret' });
    await elsewhere.close();
    expect(error.message).toMatch(/answered 307\. Set url to the final address/);
    expect(elsewhere.seen).toEqual([]);
  });
});

describe('Retry-After', () => {
  test('is waited for, by the other requests too', async () => {
    server.answerWith(json({}, 429, { 'retry-after-ms': '400' }), sound);
    const reranker = await open();
    const started = performance.now();
    const first = reranker.score(request);
    await server.seen[0]?.ended;
    while (server.seen.length === 0 || server.open() > 0) await new Promise(setImmediate);
    await Promise.all([first, reranker.score(request)]);
    expect(performance.now() - started).toBeGreaterThan(390);
    expect(server.seen).toHaveLength(3);
  });

  test('that outlasts the call fails at once, with what the service said', async () => {
    const started = performance.now();
    const answers = [json({ message: 'limit reached' }, 429, { 'retry-after': '300' })];
    const error = await failureOf(answers, {});
    expect(error.code).toBe('overloaded');
    expect(error.message).toMatch(/answered 429: limit reached/);
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  test('and a budget that is used up makes the next request wait', async () => {
    const usedUp = { 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '300ms' };
    const results = [0, 1].map((index) => ({ index, relevance_score: 0.5 }));
    server.answerWith(json({ results }, 200, usedUp), sound);
    const reranker = await open();
    const started = performance.now();
    await reranker.score(request);
    await reranker.score(request);
    expect(performance.now() - started).toBeGreaterThan(290);
  });
});

describe('every wait ends', () => {
  test('a service that says nothing', async () => {
    const error = await failureOf([hang], { timeoutMs: 60, retries: 0 });
    expect(error.message).toMatch(/did not answer within 60 ms\. Check that it runs/);
    expect(error.code).toBe('deadline-exceeded');
  });

  test('an answer in drops', async () => {
    const drip: Answer = (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const timer = setInterval(() => response.write(' '), 10);
      response.on('close', () => clearInterval(timer));
    };
    const error = await failureOf([drip], { timeoutMs: 500, retries: 0 });
    expect(error.code).toBe('deadline-exceeded');
    await server.seen[0]!.ended;
  });

  test('all tries together', async () => {
    const started = performance.now();
    const error = await failureOf([hang], { timeoutMs: 10_000, totalTimeoutMs: 150 });
    expect(error.message).toMatch(/Not all passages were scored within 150 ms/);
    expect(performance.now() - started).toBeLessThan(8000);
  });

  test('nobody there', async () => {
    const { url } = server;
    await server.close();
    const reranker = await remoteReranker({ service: 'tei', url, retries: 0 });
    const error = await errorOf(reranker.score(request));
    expect(error.code).toBe('reranker-unreachable');
    expect(error.message).toMatch(/ECONNREFUSED/);
    server = await startServer(sound);
  });
});

describe('an error is short, and shows neither keys nor texts', () => {
  const key = 'sk-3b1f0c9d-very-secret';
  const headers = { 'x-tenant-token': 'tenant-4711-secret' };
  const query = 'Where did patient Jane Roe live in 1987?';
  const passages = ['Jane Roe lived at 12 Harbour Street until the spring of that year.', 'short'];
  const secrets = [key, headers['x-tenant-token'], 'Jane', 'Harbour'];

  test.each<[string, Answer]>([
    [
      'headers and input in the message',
      (seen, response) =>
        json({ message: `bad request: ${JSON.stringify(seen.headers)} ${seen.bytes}` }, 400)(seen, response),
    ],
    [
      'an answer of no use that repeats all',
      (seen, response) => json({ input: seen.body, key: seen.headers })(seen, response),
    ],
    [
      'a score that is a text',
      (seen, response) =>
        json({ results: [{ index: 0, relevance_score: String(seen.bytes) }] })(seen, response),
    ],
  ])('%s', async (_, answer) => {
    server.answerWith(answer);
    const reranker = await open({ apiKey: key, headers, retries: 0 });
    const error = await errorOf(reranker.score({ query, passages }));
    expect(error.message.length).toBeLessThan(400);
    const all = everythingOf(error);
    for (const secret of secrets) expect(all).not.toContain(secret);
    expect(everythingOf(reranker)).not.toContain(key);
  });
});
