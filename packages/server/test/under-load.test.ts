import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { ServerOptions } from '../src/index.ts';
import {
  bearer,
  documents,
  loadModels,
  query,
  type Started,
  sha256,
  slowDocuments,
  startServer,
} from './start-server.ts';

let models: Awaited<ReturnType<typeof loadModels>>;
let started: Started | undefined;
beforeAll(async () => {
  models = await loadModels();
});
afterEach(() => started?.server.drain({ timeoutMs: 1 }));
afterAll(() => models.close());

const start = async (options: ServerOptions = {}): Promise<Started> => {
  started = await startServer({ rerankers: { small: models.small }, ...options });
  return started;
};
const gauge = async ({ get }: Started, name: string, headers: Record<string, string> = {}): Promise<number> =>
  Number(new RegExp(`^${name} (\\S+)$`, 'm').exec((await get('/metrics', headers)).body)![1]);
const slow = { query, texts: slowDocuments(200) };

describe('too many requests', () => {
  test('are answered 429 with Retry-After, in each form; the others are answered', async () => {
    const server = await start({ limits: { maxQueued: 1, maxCharactersInWork: 1 } });
    const first = server.post('/rerank', { query, texts: slowDocuments(20) });
    const second = server.post('/v2/rerank', { query, documents });
    while ((await gauge(server, 'secondpass_queued_requests')) === 0) await sleep(2);
    const [tei, cohere, jina] = await Promise.all([
      server.post('/rerank', { query, texts: documents }),
      server.post('/v2/rerank', { query, documents }),
      server.post('/v1/rerank', { query, documents }),
    ]);
    expect([tei.status, cohere.status, jina.status]).toEqual([429, 429, 429]);
    expect(Number(tei.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect([tei.body.error_type, Object.keys(cohere.body), Object.keys(jina.body)]).toEqual([
      'Overloaded',
      ['id', 'message'],
      ['detail', 'message'],
    ]);
    expect([(await first).status, (await second).status]).toEqual([200, 200]);
  });

  test("of one caller do not hold up another one's", async () => {
    const keys = ['flood', 'calm'].map((name) => ({ name, sha256: sha256(`sk-${name}`) }));
    const server = await start({ keys });
    const stop = new AbortController();
    let answered = 0;
    const flood = Array.from({ length: 60 }, async () => {
      const more = { ...bearer('sk-flood'), signal: stop.signal };
      const { status } = await server.post('/rerank', { query, texts: slowDocuments(4) }, more);
      expect(status).toBe(200);
      answered += 1;
    });
    const outcomes = Promise.allSettled(flood);
    while ((await gauge(server, 'secondpass_queued_requests', bearer('sk-calm').headers)) < 20)
      await sleep(2);
    const calm = await server.post('/rerank', { query, texts: documents }, bearer('sk-calm'));
    expect(calm.status).toBe(200);
    expect(answered).toBeLessThan(20);
    stop.abort();
    const failures = (await outcomes).flatMap((one) => (one.status === 'rejected' ? [one.reason.name] : []));
    expect(new Set(failures)).toEqual(new Set(['AbortError']));
  });
});

test('a caller that goes away frees its work, waiting or begun', async () => {
  const server = await start({ limits: { maxCharactersInWork: 1 } });
  const stop = new AbortController();
  const abandoned = [1, 2, 3].map(() =>
    server.post('/rerank', slow, { signal: stop.signal }).catch((error: Error) => error.name),
  );
  while ((await gauge(server, 'secondpass_queued_requests')) < 2) await sleep(2);
  stop.abort();
  expect(await Promise.all(abandoned)).toEqual(['AbortError', 'AbortError', 'AbortError']);
  const before = performance.now();
  expect((await server.post('/rerank', { query, texts: documents })).status).toBe(200);
  // Three times 200 passages of 512 tokens would take many seconds.
  expect(performance.now() - before).toBeLessThan(5000);
  expect(await gauge(server, 'secondpass_requests_in_work')).toBe(0);
  const { body } = await server.get('/metrics');
  expect(body).toMatch(/secondpass_request_seconds_count\{route="\/rerank",status="499"\} 3/);
});

describe('time', () => {
  test('a timeout of the caller ends in 504, and one above the server’s is the server’s', async () => {
    const server = await start({ limits: { timeoutMs: 60 } });
    const late = await server.post(
      '/v2/rerank',
      { query, documents: slow.texts },
      { headers: { 'x-timeout-ms': '20' } },
    );
    expect([late.status, late.body.message]).toEqual([504, expect.stringMatching(/^No answer within 20 ms/)]);
    const own = await server.post('/rerank', slow, { headers: { 'x-timeout-ms': '99999' } });
    expect([own.status, own.body.error]).toEqual([504, expect.stringMatching(/^No answer within 60 ms/)]);
    const wrong = await server.post('/rerank', slow, { headers: { 'x-timeout-ms': 'soon' } });
    expect([wrong.status, wrong.body.error]).toEqual([422, expect.stringContaining('x-timeout-ms')]);
  });

  test('a latency budget is answered with what is scored by then, and the header says so', async () => {
    const server = await start();
    const before = performance.now();
    const { status, body, headers } = await server.post('/rerank', slow, {
      headers: { 'x-latency-budget-ms': '1000' },
    });
    expect(performance.now() - before).toBeLessThan(4000);
    expect(status).toBe(200);
    expect(body.length).toBeLessThan(200);
    expect(headers.get('x-degraded')).toBe(
      `${200 - body.length} of 200 documents were not scored in time and are left out.`,
    );
  });
});

test('a latency budget that ends before its turn is a timeout: there is nothing to answer with', async () => {
  const server = await start({ limits: { maxCharactersInWork: 1 } });
  let isFirstAnswered = false;
  const first = server.post('/rerank', { query, texts: slowDocuments(30) }).finally(() => {
    isFirstAnswered = true;
  });
  while ((await gauge(server, 'secondpass_requests_in_work')) === 0) await sleep(2);
  const late = await server.post(
    '/rerank',
    { query, texts: documents },
    { headers: { 'x-latency-budget-ms': '50' } },
  );
  expect([late.status, late.body.error]).toEqual([504, expect.stringMatching(/^No answer within 50 ms/)]);
  expect(isFirstAnswered).toBe(false);
  expect((await first).body).toHaveLength(30);
});

describe('draining', () => {
  test('says so, takes requests for a while, and answers those that are there', async () => {
    const server = await start();
    const running = server.post('/rerank', { query, texts: slowDocuments(20) });
    while ((await gauge(server, 'secondpass_requests_in_work')) === 0) await sleep(2);
    const ended = server.server.drain({ delayMs: 2000 });
    expect(await server.get('/ready')).toMatchObject({ status: 503, body: { status: 'draining' } });
    expect((await server.get('/health')).status).toBe(200);
    expect((await server.post('/rerank', { query, texts: documents })).status).toBe(200);
    expect((await running).body).toHaveLength(20);
    await ended;
    await expect(server.get('/health')).rejects.toThrow();
  });

  test('does not wait for a request that never comes to its end', async () => {
    const server = await start();
    const { hostname, port } = new URL(server.url);
    const half = connect(Number(port), hostname);
    half.on('error', () => {});
    half.write(
      'POST /rerank HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{',
    );
    await sleep(100);
    const before = performance.now();
    await server.server.drain({ timeoutMs: 50 });
    expect(performance.now() - before).toBeLessThan(5000);
  });

  test('ends at its limit, and refuses what is not answered', async () => {
    const server = await start();
    const running = server.post('/rerank', slow);
    while ((await gauge(server, 'secondpass_requests_in_work')) === 0) await sleep(2);
    const before = performance.now();
    await server.server.drain({ timeoutMs: 50 });
    expect(performance.now() - before).toBeLessThan(5000);
    expect(await running).toMatchObject({ status: 503, body: { error_type: 'Unhealthy' } });
  });
});
