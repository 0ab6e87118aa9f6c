import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { errorOf } from '../../service-client/test/error-of.ts';
import { json, type ReplayServer, startServer } from '../../service-client/test/replay-server.ts';
import { type RemoteRerankerOptions, remoteReranker } from '../src/index.ts';
import { logitOf, serviceAnswers } from './service-answers.ts';

let server: ReplayServer;
beforeEach(async () => {
  server = await startServer(serviceAnswers.infinity);
});
afterEach(() => server.close());

const open = (options: object) =>
  remoteReranker({ service: 'infinity', url: server.url, ...options } as RemoteRerankerOptions);
const query = 'bread';
const passages = Array.from({ length: 25 }, (_, index) => `passage ${index} ${'x'.repeat(index)}`);
const expected = passages.map((passage) => logitOf(query, passage));
const sizes = () => server.seen.map(({ body }) => (body['documents'] as string[]).length);

test('a list above the limit is split, and joined by index', async () => {
  const reranker = await open({ maxDocuments: 10 });
  const scores = await reranker.score({ query, passages });
  expect(scores.map(({ rawScore }) => rawScore)).toEqual(expected);
  expect(sizes().sort()).toEqual([10, 10, 5]);
});

test('characters are a limit as well, and one passage may be above it', async () => {
  const reranker = await open({ maxCharacters: 40, concurrency: 1 });
  const scores = await reranker.score({ query, passages });
  expect(scores.map(({ rawScore }) => rawScore)).toEqual(expected);
  expect(sizes().slice(0, 3)).toEqual([2, 2, 2]);
  expect(sizes().at(-1)).toBe(1);
});

test('a request that is too large for the service is halved', async () => {
  server.answerWith((request, response) => {
    const tooLarge = (request.body['documents'] as string[]).length > 7;
    const answer = tooLarge ? json({ detail: 'payload too large' }, 413) : serviceAnswers.infinity;
    return answer(request, response);
  });
  const reranker = await open({});
  const scores = await reranker.score({ query, passages });
  expect(scores.map(({ rawScore }) => rawScore)).toEqual(expected);
  const error = await errorOf(
    (await open({ listwise: true })).score({ query, passages: passages.slice(0, 8) }),
  );
  expect(error.message).toMatch(/answered 413: payload too large\. Lower maxDocuments/);
});

test.each<[string, number, unknown]>([
  ['TEI', 422, { error: 'batch size 25 > maximum allowed batch size 8', error_type: 'Validation' }],
  [
    'Infinity',
    422,
    { detail: [{ type: 'too_long', msg: 'List should have at most 8 items after validation, not 25' }] },
  ],
  ['Cohere', 400, { message: 'invalid request: total number of texts must be at most 8 - received 25' }],
  ['Voyage', 400, { detail: 'The batch size limit is 8. Your batch size is 25.' }],
  ['Voyage, in tokens', 400, { detail: 'The max allowed tokens per submitted batch is 8.' }],
  ['OpenAI', 400, { error: { message: "Invalid 'input'", code: 'array_above_max_length' } }],
  ['Mistral', 400, { message: 'Too many inputs in request, split into more batches.' }],
  [
    'a gateway that answers 200',
    200,
    { error: { code: 400, message: 'at most 8 requests can be in one batch' } },
  ],
])('a batch that %s finds too large is halved', async (_, status, body) => {
  server.answerWith((request, response) => {
    const tooMany = (request.body['documents'] as string[]).length > 8;
    return (tooMany ? json(body, status) : serviceAnswers.infinity)(request, response);
  });
  const reranker = await open({ concurrency: 1, retries: 0 });
  const scores = await reranker.score({ query, passages });
  expect(scores.map(({ rawScore }) => rawScore)).toEqual(expected);
  expect(sizes()).toEqual([25, 13, 7, 6, 12, 6, 6]);
});

test('another refusal is not asked in halves', async () => {
  server.answerWith(json({ detail: 'unknown field raw_scores' }, 422));
  await errorOf((await open({})).score({ query, passages }));
  expect(server.seen).toHaveLength(1);
});

test('bytes of JSON are a limit where the service has one', async () => {
  server.answerWith(serviceAnswers.tei);
  const reranker = await remoteReranker({ service: 'tei', url: server.url, maxDocuments: 32 });
  // Six bytes each in JSON.
  const large = Array.from({ length: 3 }, () => '\u0001'.repeat(200_000));
  await reranker.score({ query, passages: large });
  expect(server.seen).toHaveLength(3);
  for (const { bytes } of server.seen) expect(bytes.length).toBeLessThan(2_000_000);
});

describe('a model that reads its list as a whole', () => {
  test.each<[object]>([
    [{ service: 'jina', model: 'jina-reranker-v3', maxDocuments: 10 }],
    [{ service: 'jina', model: 'jina-reranker-v3.5', maxDocuments: 10 }],
    [{ service: 'infinity', listwise: true, maxDocuments: 10 }],
  ])('is not asked about half of it: %j', async (options) => {
    const reranker = await open(options);
    const error = await errorOf(reranker.score({ query, passages }));
    expect(error.code).toBe('rerank-failed');
    expect(error.message).toMatch(/reads a list as a whole, and only 10 of these 25 passages fit/);
    expect(server.seen).toEqual([]);
  });

  test("answers Jina's cosines, and its scores are not kept", async () => {
    server.answerWith(json({ results: [0, 1].map((index) => ({ index, relevance_score: index - 0.5 })) }));
    const reranker = await open({ service: 'jina', model: 'jina-reranker-v3', version: '2025-10' });
    const scores = await reranker.score({ query, passages: ['a1', 'b2'] });
    expect(scores).toEqual([
      { rawScore: -0.5, score: 0.25, tokensCut: 0 },
      { rawScore: 0.5, score: 0.75, tokensCut: 0 },
    ]);
    expect(reranker.fingerprint).toBeUndefined();
  });
});

test.each([
  ['infinity', 'documents', {}],
  ['cohere', 'documents', { model: 'm' }],
  ['tei', 'texts', {}],
] as const)('a passage above 122,880 characters is cut to them for %s', async (service, key, options) => {
  server.answerWith(serviceAnswers[service]);
  const reranker = await open({ service, ...options });
  await reranker.score({ query, passages: ['🍞'.repeat(80_000)] });
  expect((server.seen.at(-1)!.body[key] as string[])[0]).toHaveLength(122_880);
});
