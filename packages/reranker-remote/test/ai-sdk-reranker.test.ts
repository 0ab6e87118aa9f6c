import { createCohere } from '@ai-sdk/cohere';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { errorOf, everythingOf } from '../../service-client/test/error-of.ts';
import {
  type Answer,
  hang,
  json,
  type ReplayServer,
  reset,
  startServer,
} from '../../service-client/test/replay-server.ts';
import { type AiSdkRerankerOptions, type AiSdkRerankingModel, aiSdkReranker } from '../src/index.ts';
import { logitOf, serviceAnswers, sigmoid } from './service-answers.ts';

let server: ReplayServer;
beforeEach(async () => {
  server = await startServer(serviceAnswers.cohere);
});
afterEach(() => server.close());

const key = 'co-very-secret-key';
const open = (more: Partial<AiSdkRerankerOptions> = {}) =>
  aiSdkReranker({
    model: createCohere({ baseURL: server.url, apiKey: key }).reranking('rerank-v3.5'),
    ...more,
  });
const request = { query: 'how is bread baked', passages: ['knead the dough well', 'mind the gap', 'salt'] };
const expected = request.passages.map((passage) => sigmoid(logitOf(request.query, passage)));

test('a model of the AI SDK scores, in as many requests as its limit needs', async () => {
  const reranker = open({ maxDocuments: 2, headers: { 'x-team': 'search' }, version: '1' });
  const scores = await reranker.score(request);
  expect(scores.map(({ rawScore }) => rawScore)).toEqual(expected);
  expect(server.seen.map(({ headers }) => headers['x-team'])).toEqual(['search', 'search']);
  expect(reranker.name).toBe('cohere.reranking:rerank-v3.5');
  expect(reranker.fingerprint).toMatch(/^[0-9a-f]{64}$/);
  expect(open().fingerprint).toBeUndefined();
});

test.each<[string, Answer]>([
  ['429', json({ message: 'slow down' }, 429, { 'retry-after-ms': '20' })],
  ['503', json({ message: 'in repair' }, 503)],
  ['a connection that is reset', reset],
])('%s is tried again', async (_, answer) => {
  server.answerWith(answer, serviceAnswers.cohere);
  expect(await open().score(request)).toHaveLength(3);
  expect(server.seen).toHaveLength(2);
});

describe('failures are ours, and show neither the key nor texts', () => {
  test.each<[string, Answer, string, RegExp]>([
    [
      'a refused key',
      (seen, response) => json({ message: `no key ${seen.headers.authorization}` }, 401)(seen, response),
      'rerank-failed',
      /answered 401\. Set a key/,
    ],
    ['a refusal', json({ message: 'no such model' }, 404), 'rerank-failed', /answered 404: no such model\./],
    [
      'a refusal that quotes',
      (seen, response) => json({ message: `bad: ${seen.bytes}` }, 400)(seen, response),
      'rerank-failed',
      /answered 400\. Check/,
    ],
    ['another shape', json({ data: [] }), 'model-output-invalid', /the provider cannot read it/],
    ['no JSON', (_, response) => void response.end('<html>'), 'model-output-invalid', /cannot read it/],
    [
      'an index twice',
      json({ results: [0, 0, 1].map((index) => ({ index, relevance_score: 0.5 })), meta: {} }),
      'model-output-invalid',
      /two scores with the index 0/,
    ],
    ['nothing in time', hang, 'deadline-exceeded', /within 80 ms/],
  ])('%s', async (_, answer, code, words) => {
    server.answerWith(answer);
    const error = await errorOf(
      open({ timeoutMs: answer === hang ? 80 : 10_000, retries: 0 }).score(request),
    );
    expect(error.code).toBe(code);
    expect(error.message).toMatch(words);
    const all = everythingOf(error);
    for (const secret of [key, 'knead the dough', 'bread baked']) expect(all).not.toContain(secret);
  });
});

test('an abort reaches the socket', async () => {
  server.answerWith(hang);
  const controller = new AbortController();
  const call = open().score({ ...request, signal: controller.signal });
  while (server.open() === 0) await new Promise(setImmediate);
  controller.abort(new Error('enough'));
  await expect(call).rejects.toThrow('enough');
  await server.seen[0]!.ended;
});

test('a provider that does not listen to its signal holds nobody up', async () => {
  const deaf: AiSdkRerankingModel = {
    provider: 'deaf',
    modelId: 'm',
    doRerank: () => new Promise(() => {}),
  };
  const error = await errorOf(open({ model: deaf, timeoutMs: 30, retries: 0 }).score(request));
  expect(error.code).toBe('deadline-exceeded');
  const failing: AiSdkRerankingModel = {
    ...deaf,
    doRerank: () => Promise.reject(new Error('out of order')),
  };
  expect((await errorOf(open({ model: failing }).score(request))).message).toMatch(
    /provider failed: out of order/,
  );
});

test.each<[string, object, RegExp]>([
  ['a name instead of a model', { model: 'rerank-v3.5' }, /model is "rerank-v3\.5"\. Use a reranking model/],
  ['an unknown setting', { apiKey: 'k' }, /apiKey is not an option\. Use name, headers/],
  ['an unsound one', { retries: -1 }, /retries is -1/],
])('%s is refused', (_, options, words) => {
  expect(() => open(options)).toThrow(words);
});
