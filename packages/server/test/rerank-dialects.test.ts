import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { documents, loadModels, ownOrder, query, type Started, startServer } from './start-server.ts';

let models: Awaited<ReturnType<typeof loadModels>>;
let started: Started;
beforeAll(async () => {
  models = await loadModels();
  started = await startServer({ rerankers: { nano: models.nano, small: models.small } });
});
afterAll(async () => {
  await started.server.drain();
  await models.close();
});

describe('each dialect answers in its own form, with the scores of the library', () => {
  test('TEI', async () => {
    const own = await ownOrder(models.nano);
    const { status, body, headers } = await started.post('/rerank', { query, texts: documents });
    expect(status).toBe(200);
    expect(body).toEqual(own.map(({ index, score }) => ({ index, score })));
    expect(headers.get('server-timing')).toMatch(/^queue;dur=[\d.]+, work;dur=[\d.]+$/);
    const raw = await started.post('/rerank', {
      query,
      texts: documents,
      raw_scores: true,
      return_text: true,
    });
    expect(raw.body).toEqual(
      own.map(({ index, rawScore }) => ({ index, score: rawScore, text: documents[index] })),
    );
  });

  test('Infinity and vLLM, by documents on the same path', async () => {
    const own = await ownOrder(models.small);
    const { body } = await started.post('/rerank', {
      ...{ model: 'small', query, documents, top_n: 2, return_documents: true, truncate_prompt_tokens: -1 },
    });
    expect(body).toMatchObject({
      object: 'rerank',
      model: 'small',
      results: own
        .slice(0, 2)
        .map(({ index, score }) => ({ index, relevance_score: score, document: documents[index] })),
    });
    const unnamed = await started.post('/rerank', { query, documents, model: 'default/not-specified' });
    expect(unnamed.body.model).toBe('nano');
  });

  test('Jina', async () => {
    const own = await ownOrder(models.nano);
    const { body } = await started.post('/v1/rerank', { query, documents, top_n: 3 });
    expect(body).toMatchObject({
      model: 'nano',
      usage: { total_tokens: 0 },
      results: own
        .slice(0, 3)
        .map(({ index, score }) => ({ index, relevance_score: score, document: { text: documents[index] } })),
    });
    const without = await started.post('/v1/rerank', { query, documents, return_documents: false });
    expect(without.body.results[0]).toEqual({ index: own[0]!.index, relevance_score: own[0]!.score });
  });

  test("Cohere's version 1: objects, of which the named fields are read", async () => {
    const [harbor] = await ownOrder(models.nano, ['title: Harbor\nbody: lights']);
    const given = [{ title: 'Harbor', body: 'lights', secret: 'dough' }];
    const { body } = await started.post('/v1/rerank', {
      ...{ query, documents: given, rank_fields: ['title', 'body'] },
    });
    expect(body.results).toEqual([{ index: 0, relevance_score: harbor!.score, document: given[0] }]);
    const [plain] = await ownOrder(models.nano, [documents[1]!]);
    const texts = await started.post('/v1/rerank', { query, documents: [{ text: documents[1] }] });
    expect(texts.body.results[0].relevance_score).toBe(plain!.score);
  });

  test("Cohere's version 2", async () => {
    const own = await ownOrder(models.nano);
    const { body } = await started.post('/v2/rerank', { query, documents, top_n: 100 });
    expect(body).toEqual({
      id: expect.any(String),
      results: own.map(({ index, score }) => ({ index, relevance_score: score })),
      meta: { api_version: { version: '2' } },
    });
    const told = await started.post('/v2/rerank', { query, documents, max_tokens_per_doc: 4096 });
    expect(told.body.meta.warnings).toHaveLength(1);
  });

  test('Voyage', async () => {
    const own = await ownOrder(models.nano);
    const { body } = await started.post('/voyage/v1/rerank', {
      ...{ query, documents, top_k: 1, return_documents: true, truncation: true },
    });
    expect(body).toEqual({
      object: 'list',
      model: 'nano',
      usage: { total_tokens: 0 },
      data: [{ index: own[0]!.index, relevance_score: own[0]!.score, document: documents[own[0]!.index] }],
    });
  });
});

describe('what is wrong is told in the same form', () => {
  const message = expect.stringMatching(/documents\.1: .*string/);
  test.each<[string, object, number, unknown]>([
    ['/rerank', { query }, 422, { error: expect.stringMatching(/^texts: /), error_type: 'Validation' }],
    ['/rerank', { query, texts: [] }, 400, { error: expect.any(String), error_type: 'Empty' }],
    [
      '/rerank',
      { query, documents: ['a', 5] },
      400,
      { error: { message, type: 'invalid_request_error', param: null, code: 'invalid' } },
    ],
    ['/v1/rerank', { query, documents: ['a', 5] }, 422, { detail: message, message }],
    ['/v2/rerank', { query, documents: ['a', 5] }, 400, { id: expect.any(String), message }],
    ['/voyage/v1/rerank', { query, documents: ['a', 5] }, 400, { detail: message }],
    [
      '/v1/rerank',
      { query, documents, top_k: 2 },
      422,
      { detail: expect.stringContaining('/voyage/v1/rerank'), message: expect.any(String) },
    ],
    [
      '/v1/rerank',
      { query, documents: ['a', { image: 'data:…' }] },
      422,
      { detail: expect.stringMatching(/^documents\.1: .*images are not read/), message: expect.any(String) },
    ],
    [
      '/v2/rerank',
      { query: ' ', documents },
      400,
      { id: expect.any(String), message: 'The query is empty.' },
    ],
    [
      '/v2/rerank',
      { query, documents, model: 'rerank-v3.5' },
      404,
      { id: expect.any(String), message: 'There is no such reranker. Served here: nano, small.' },
    ],
    [
      '/v2/rerank',
      { query, documents, top_n: 0 },
      400,
      { id: expect.any(String), message: expect.any(String) },
    ],
    ['/embed', { inputs: ['a'] }, 404, { error: expect.any(String), error_type: 'Validation' }],
    ['/search', { query }, 404, { error: { code: 'unknown-model', message: expect.any(String) } }],
    ['/search', { query, quarry: 1 }, 400, { error: { code: 'invalid', message: expect.any(String) } }],
    ['/nope', {}, 404, { error: { code: 'unknown-route', message: expect.any(String) } }],
  ])('%s %j', async (path, body, status, answer) => {
    expect(await started.post(path, body)).toMatchObject({ status, body: answer });
  });

  test('a body that is no JSON, and one that is not said to be', async () => {
    const broken = await started.post('/v2/rerank', '{"query": "rumpelstiltskin');
    expect([broken.status, broken.body.message]).toEqual([400, 'The body is not JSON.']);
    const typeless = await started.post('/rerank', 'hello', { headers: { 'content-type': 'text/csv' } });
    expect(typeless).toMatchObject({ status: 422, body: { error: 'Send the body as application/json.' } });
  });

  test('a text that does not fit, where truncation is off', async () => {
    const texts = ['A ship.', 'harbor '.repeat(1000)];
    const { status, body } = await started.post('/rerank', { query, texts, truncate: false });
    expect([status, body.error]).toEqual([422, expect.stringMatching(/^Document 1 is \d+ tokens longer/)]);
    expect((await started.post('/rerank', { query, texts })).status).toBe(200);
  });
});

test('a document without text comes last and costs the others nothing; one that JSON breaks is read', async () => {
  const given = ['', documents[1]!, ' \n', `${documents[0]}\0 \ud83d`];
  const { body } = await started.post('/rerank', JSON.stringify({ query, texts: given }));
  const [best, readable] = await ownOrder(models.nano, [documents[1]!, `${documents[0]}  \ufffd`]);
  expect(body).toEqual([
    { index: 1, score: best!.score },
    { index: 3, score: readable!.score },
    { index: 0, score: 0 },
    { index: 2, score: 0 },
  ]);
  const nothing = await started.post('/v2/rerank', { query, documents: ['', ' '] });
  expect(nothing.body.results).toHaveLength(2);
});
