import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { FailedTry, httpService, type ServiceCall, tryRequest } from '../src/index.ts';
import { everythingOf } from './error-of.ts';
import { type Answer, cut, hang, json, type ReplayServer, reset, startServer } from './replay-server.ts';
import { testKind } from './test-kind.ts';

let server: ReplayServer;
beforeEach(async () => {
  server = await startServer(json({ sound: true }));
});
afterEach(() => server.close());

const open = new AbortController().signal;
const ask = (call: Partial<ServiceCall> = {}, more: object = {}, signal = open) =>
  tryRequest(
    httpService({ origin: 'test', kind: testKind, url: `${server.url}//`, ...more }),
    { path: '/ask', body: { input: 'x' }, ...call },
    [],
    signal,
  );

async function failureOf(asking: Promise<unknown>): Promise<FailedTry> {
  const error = await asking.catch((reason: unknown) => reason);
  if (!(error instanceof FailedTry)) throw new Error(`expected a FailedTry, got ${String(error)}`);
  return error;
}

describe('a request', () => {
  test('is a POST of JSON with the key and headers, or a GET without a body', async () => {
    await ask(
      { headers: { 'x-own': '1' } },
      { apiKey: 'k1', keyScheme: 'ApiKey', headers: { 'x-team': 'search' } },
    );
    await ask({ body: undefined } as object);
    const [posted, got] = server.seen;
    expect([posted!.method, posted!.path, posted!.body]).toEqual(['POST', '/ask', { input: 'x' }]);
    expect(posted!.headers).toMatchObject({ authorization: 'ApiKey k1', 'x-team': 'search', 'x-own': '1' });
    expect([got!.method, got!.headers['content-type']]).toEqual(['GET', undefined]);
  });

  test('that is compressed may be answered as long as one that is not', async () => {
    const body = { input: 'x'.repeat(500_000) };
    server.answerWith((request, response) =>
      json([request.body, request.body, request.body])(request, response),
    );
    for (const compress of [false, true]) {
      const { bytes } = await ask({ body }, { compress });
      expect(bytes.length).toBeGreaterThan(1_500_000);
    }
    expect(server.seen[1]!.headers['content-encoding']).toBe('gzip');
  });

  test("is closed by its signal, and rejects with the signal's reason", async () => {
    server.answerWith(hang);
    const controller = new AbortController();
    const reason = new Error('enough');
    const asking = ask({}, {}, controller.signal);
    while (server.open() === 0) await new Promise(setImmediate);
    controller.abort(reason);
    await expect(asking).rejects.toBe(reason);
    await server.seen[0]!.ended;
  });
});

test.each<[string, Answer, string, boolean]>([
  ['400', json({}, 400), 'rerank-failed', false],
  ['408', json({}, 408), 'reranker-unreachable', true],
  ['429', json({}, 429), 'overloaded', true],
  [
    '429 of an empty account',
    json({ error: { message: 'no', code: 'insufficient_quota' } }, 429),
    'overloaded',
    false,
  ],
  ['500', json({}, 500), 'rerank-failed', true],
  ['501', json({}, 501), 'rerank-failed', false],
  ['503', json({}, 503), 'reranker-unreachable', true],
  ['a connection that is reset', reset, 'reranker-unreachable', true],
  ['an answer that is cut', cut, 'reranker-unreachable', true],
  ['no answer in time', hang, 'deadline-exceeded', true],
])('%s has a code, and is known to pass or not', async (_, answer, code, mayRetry) => {
  server.answerWith(answer);
  const failure = await failureOf(ask({}, { timeoutMs: answer === hang ? 80 : 10_000 }));
  expect([failure.error.code, failure.mayRetry]).toEqual([code, mayRetry]);
});

describe('an error is short, and shows neither keys nor texts', () => {
  const key = 'sk-3b1f0c9d-very-secret';
  const headers = { 'x-tenant-token': 'tenant-4711-secret' };
  const query = 'Where did patient Jane Roe live in 1987?';
  const russian = 'Пациентка жила на улице Гаванской';
  const passages = ['Jane Roe lived at 12 Harbour Street until the spring of that year.', 'short', russian];
  const secrets = [key, headers['x-tenant-token'], 'Jane', 'Harbour', 'Пациентка', '\\u43f\\u430'];

  test.each<[string, Answer]>([
    [
      'headers and input in the message',
      (seen, response) =>
        json({ message: `bad request: ${JSON.stringify(seen.headers)} ${seen.bytes}` }, 400)(seen, response),
    ],
    [
      'the key alone',
      (seen, response) =>
        json({ error: { message: `no such key: ${seen.headers.authorization}` } }, 401)(seen, response),
    ],
    [
      'the input, as FastAPI lists it',
      (seen, response) =>
        json({ detail: [{ msg: 'too long', input: seen.body, ctx: {} }] }, 422)(seen, response),
    ],
    [
      'the message with a passage in it',
      (seen, response) =>
        json({ detail: `cannot read: ${(seen.body['documents'] as string[])[0]}` }, 422)(seen, response),
    ],
    [
      'a passage as Python writes it',
      (seen, response) => {
        const [, , passage] = seen.body['documents'] as string[];
        const escaped = [...passage!].map((letter) => `\\u${letter.charCodeAt(0).toString(16)}`).join('');
        return json({ detail: `cannot read ${escaped}` }, 422)(seen, response);
      },
    ],
    [
      'a megabyte of input',
      (seen, response) =>
        json({ detail: [{ input: seen.bytes.toString().repeat(5000), msg: 'too long' }] }, 422)(
          seen,
          response,
        ),
    ],
    [
      'plain text',
      (seen, response) => {
        response.writeHead(500, { 'content-type': 'text/plain' });
        response.end(`Internal Server Error: ${seen.bytes}`);
      },
    ],
    [
      'a traceback',
      (seen, response) => {
        response.writeHead(500);
        response.end(`Traceback (most recent call last):\n  ${seen.bytes}`);
      },
    ],
  ])('%s', async (_, answer) => {
    server.answerWith(answer);
    const service = httpService({ origin: 'test', kind: testKind, url: server.url, apiKey: key, headers });
    const body = { query, documents: passages };
    const { error } = await failureOf(
      tryRequest(service, { path: '/rerank', body }, [query, ...passages], open),
    );
    expect(error.message.length).toBeLessThan(400);
    for (const secret of secrets) expect(everythingOf(error)).not.toContain(secret);
  });

  test("while a service's own words are told", async () => {
    server.answerWith(json({ error: { type: 'x', message: 'model "m" is not loaded.\n' } }, 404));
    const { error } = await failureOf(ask());
    expect(error.problem).toBe(`${server.url}/ask answered 404: model "m" is not loaded.`);
  });

  test('of a refusal only the beginning is read', async () => {
    let written = 0;
    const endless: Answer = (_, response) => {
      response.writeHead(422, { 'content-type': 'application/json' });
      const chunk = `"${'x'.repeat(65_536)}",`;
      const more = () => {
        while (!response.destroyed && written < 1e9) {
          written += chunk.length;
          if (!response.write(chunk)) return void response.once('drain', more);
        }
      };
      more();
    };
    server.answerWith(endless);
    const { error } = await failureOf(ask());
    expect(error.message).toMatch(/answered 422/);
    await server.seen[0]!.ended;
    expect(written).toBeLessThan(50e6);
  });
});
