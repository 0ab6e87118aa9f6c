import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { errorOf } from '../../service-client/test/error-of.ts';
import {
  type Answer,
  json,
  type ReplayServer,
  startServer,
} from '../../service-client/test/replay-server.ts';
import { type RemoteRerankerOptions, remoteReranker } from '../src/index.ts';
import { placeScores } from '../src/place-scores.ts';
import { serviceAnswers } from './service-answers.ts';

let server: ReplayServer;
beforeEach(async () => {
  server = await startServer(serviceAnswers.cohere);
});
afterEach(() => server.close());

const ofCohere = { service: 'cohere', model: 'm' };

async function failureOf(answer: Answer, options: object = ofCohere) {
  server.answerWith(answer);
  const reranker = await remoteReranker({ url: server.url, ...options } as RemoteRerankerOptions);
  const error = await errorOf(reranker.score({ query: 'bread', passages: ['flour', 'water'] }));
  await reranker.close();
  return error;
}

const results = (...scores: readonly (readonly [index: unknown, score: unknown])[]): Answer =>
  json({ results: scores.map(([index, relevance_score]) => ({ index, relevance_score })) });
const text =
  (body: string | Buffer, headers: Readonly<Record<string, string>>): Answer =>
  (_, response) => {
    response.writeHead(200, headers);
    response.end(body);
  };
const asJson = { 'content-type': 'application/json' };

describe('an answer that is not one score per passage is refused, and not asked for again', () => {
  test.each<[string, Answer, RegExp]>([
    ['no JSON', text('hello', asJson), /it is not JSON\./],
    ['a page', text('<html>', { 'content-type': 'text/html' }), /it is not JSON but text\/html/],
    ['nothing', text('', asJson), /it is not JSON\./],
    ['another shape', json({ data: [] }), /results has the wrong form/],
    ['null', json(null), /it has the wrong form/],
    ['no results', results(), /it lacks document 0: 0 scores for 2 documents/],
    ['too few', results([1, 0.5]), /it lacks document 0: 1 scores for 2/],
    ['an index twice', results([0, 0.5], [0, 0.6]), /two scores with the index 0/],
    ['too many', results([0, 0.5], [1, 0.6], [1, 0.7]), /two scores with the index 1/],
    ['an index outside', results([0, 0.5], [2, 0.6]), /the index 2 for 2 documents/],
    ['an index below', results([0, 0.5], [-1, 0.6]), /the index -1 for 2 documents/],
    ['half an index', results([0, 0.5], [0.5, 0.6]), /results\.1\.index has the wrong form/],
    ['an index as text', results([0, 0.5], ['1', 0.6]), /results\.1\.index has the wrong form/],
    ['no index at all', results([undefined, 0.5], [undefined, 0.6]), /two scores with the index 0/],
    [
      'no score at all',
      results([0, undefined], [1, undefined]),
      /results\.0\.relevance_score has the wrong form/,
    ],
    ['a score as text', results([0, '0.5'], [1, 0.6]), /results\.0\.relevance_score has the wrong form/],
    [
      'null for a score',
      results([0, Number.NaN], [1, 0.6]),
      /results\.0\.relevance_score has the wrong form/,
    ],
    ['NaN', text('{"results":[{"index":0,"relevance_score":NaN}]}', asJson), /it is not JSON/],
    [
      'a number too large',
      text('{"results":[{"index":0,"relevance_score":1e999},{"index":1,"relevance_score":0}]}', asJson),
      /results\.0\.relevance_score has the wrong form/,
    ],
    ['another scale', results([0, 3.2], [1, -4]), /the score 3\.2, which is not a probability/],
    [
      'compression that is none',
      text('{"results":[]}', { ...asJson, 'content-encoding': 'gzip' }),
      /its compression is damaged/,
    ],
  ])('%s', async (_, answer, words) => {
    const error = await failureOf(answer);
    expect(error.code).toBe('model-output-invalid');
    expect(error.message).toMatch(words);
    expect(error.origin).toBe('cohere:m');
    expect(server.seen).toHaveLength(1);
  });

  test('a small body that unpacks to a large one, of which no more is read than may be', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, 0x20));
    const error = await failureOf(text(bomb, { ...asJson, 'content-encoding': 'gzip' }));
    expect(error.message).toMatch(/it is longer than \d+ bytes/);
    expect(error.code).toBe('model-output-invalid');
  });
});

test.each<[string, object, Answer]>([
  ['an index', ofCohere, results([1, 0.25], [undefined, 0.5])],
  ['a score', ofCohere, results([0, 0.5], [1, undefined])],
  ['both', { service: 'tei', maxDocuments: 9 }, json([{ index: 1, score: 0.25 }, {}])],
])('%s that is 0 may be left out', async (_, options, answer) => {
  server.answerWith(answer);
  const reranker = await remoteReranker({ url: server.url, ...options } as RemoteRerankerOptions);
  const scores = await reranker.score({ query: 'bread', passages: ['flour', 'water'] });
  const expected = { 'an index': [0.5, 0.25], 'a score': [0.5, 0], both: [0, 0.25] }[String(_)];
  expect(scores.map(({ rawScore }) => rawScore)).toEqual(expected);
});

describe('an error told inside a 200 keeps its reason', () => {
  test.each<[string, object, string, RegExp, number]>([
    [
      'its words',
      { error: { message: 'no such model' } },
      'rerank-failed',
      /answered 200 with an error: no such model\./,
      1,
    ],
    [
      'words alone',
      { message: 'invalid token', results: null },
      'rerank-failed',
      /an error: invalid token/,
      1,
    ],
    [
      'TEI',
      { error: 'Model is overloaded', error_type: 'overloaded' },
      'rerank-failed',
      /Model is overloaded/,
      1,
    ],
    ['a status', { error: { code: 429, message: 'slow down' } }, 'overloaded', /an error: slow down/, 2],
    ['a status as text', { error: { code: '401', message: 'no' } }, 'rerank-failed', /Set a key/, 1],
    ['no words', { error: { input: 'flour' } }, 'rerank-failed', /answered 200 with an error\. /, 1],
  ])('%s', async (_, body, code, words, requests) => {
    const error = await failureOf(json(body), { ...ofCohere, retries: 1 });
    expect(error.message).toMatch(words);
    expect(error.code).toBe(code);
    expect(error.message).toContain(`${server.url}/rerank`);
    expect(server.seen).toHaveLength(requests);
  });
});

test('only one finite score for each document is a ranking, whatever else comes', () => {
  const item = fc.record({
    index: fc.oneof(fc.integer({ min: -1, max: 4 }), fc.constantFrom(Number.NaN, 0.5, 1e9)),
    score: fc.oneof(fc.double(), fc.constant(0)),
  });
  fc.assert(
    fc.property(fc.array(item, { maxLength: 5 }), fc.integer({ min: 1, max: 4 }), (items, count) => {
      const isRanking =
        items.length === count &&
        items.every(({ score }) => Number.isFinite(score)) &&
        new Set(items.map(({ index }) => index)).size === count &&
        items.every(({ index }) => Number.isInteger(index) && index >= 0 && index < count);
      if (!isRanking) return expect(() => placeScores(items, count)).toThrow();
      const placed = placeScores(items, count);
      for (const { index, score } of items) expect(placed[index]).toBe(score);
    }),
  );
});

test('an answer in gzip is read, in whatever order it comes', async () => {
  const body = JSON.stringify({
    results: [
      { index: 1, relevance_score: 0.25 },
      { index: 0, relevance_score: 0.75 },
    ],
  });
  server.answerWith(text(gzipSync(body), { ...asJson, 'content-encoding': 'gzip' }));
  const reranker = await remoteReranker({ service: 'cohere', url: server.url, model: 'm' });
  const scores = await reranker.score({ query: 'bread', passages: ['flour', 'water'] });
  expect(scores.map(({ rawScore }) => rawScore)).toEqual([0.75, 0.25]);
});

describe('other shapes are read as strictly', () => {
  const item = (index: number, score: unknown) => ({ index, score });
  test.each<[string, object, Answer, RegExp]>([
    ['tei', {}, json([item(0, 1), item(0, 2)]), /two scores with the index 0/],
    ['tei', {}, json([item(0, 'a'), item(1, 2)]), /0\.score has the wrong form/],
    ['tei', {}, json({ results: [] }), /it has the wrong form/],
    ['voyage', { model: 'm' }, json({ results: [] }), /data has the wrong form/],
    [
      'infinity',
      {},
      json({ results: [{ index: 0, score: 1 }] }),
      /results\.0\.relevance_score has the wrong form/,
    ],
    ['elasticsearch', { model: 'm', scale: 'logit' }, json({ rerank: [] }), /it lacks document 0/],
  ])('%s', async (service, options, answer, words) => {
    const error = await failureOf(answer, { service, ...options });
    expect(error.code).toBe('model-output-invalid');
    expect(error.message).toMatch(words);
  });
});
