import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  type Answer,
  json,
  type ReplayServer,
  startServer,
} from '../../service-client/test/replay-server.ts';
import { type RemoteRerankerOptions, remoteReranker } from '../src/index.ts';
import { askOfficialClient } from './ask-official-client.ts';
import { logitOf, serviceAnswers, sigmoid } from './service-answers.ts';

let server: ReplayServer;
beforeEach(async () => {
  server = await startServer(serviceAnswers.cohere);
});
afterEach(() => server.close());

const query = 'how is bread baked';
const documents = ['knead the dough', 'mind the gap'];
const open = (options: object) => remoteReranker({ url: server.url, ...options } as RemoteRerankerOptions);

describe('each service is asked in its own words', () => {
  test.each<[keyof typeof serviceAnswers, object, string, object]>([
    [
      'cohere',
      { model: 'rerank-v4.0-pro', body: { max_tokens_per_doc: 512 } },
      '/rerank',
      { model: 'rerank-v4.0-pro', query, documents, max_tokens_per_doc: 512 },
    ],
    [
      'jina',
      { model: 'jina-reranker-v2-base-multilingual' },
      '/rerank',
      {
        model: 'jina-reranker-v2-base-multilingual',
        query,
        documents,
        truncation: true,
        return_documents: false,
      },
    ],
    [
      'voyage',
      { model: 'rerank-2.5', truncate: false },
      '/rerank',
      { model: 'rerank-2.5', query, documents, truncation: false, return_documents: false },
    ],
    ['tei', {}, '/rerank', { query, texts: documents, truncate: true, raw_scores: true, return_text: false }],
    ['infinity', {}, '/rerank', { query, documents, raw_scores: true, return_documents: false }],
    ['vllm', { model: 'ce' }, '/rerank', { model: 'ce', query, documents, truncate_prompt_tokens: -1 }],
    [
      'vllm',
      { scale: 'logit', truncate: false, body: { instruction: 'Rank.' } },
      '/rerank',
      { query, documents, use_activation: false, instruction: 'Rank.' },
    ],
    [
      'elasticsearch',
      { model: '.rerank-v1', scale: 'logit' },
      '/_inference/rerank/.rerank-v1',
      { query, input: documents },
    ],
  ])('%s %j', async (service, options, path, body) => {
    server.answerWith(serviceAnswers[service]);
    const reranker = await open({ service, apiKey: 'k1', headers: { 'x-team': 'search' }, ...options });
    const scores = await reranker.score({ query, passages: documents });
    const seen = server.seen.at(-1);
    expect([seen!.method, seen!.path, seen!.body]).toEqual(['POST', path, body]);
    expect(seen!.headers).toMatchObject({
      authorization: service === 'elasticsearch' ? 'ApiKey k1' : 'Bearer k1',
      'x-team': 'search',
      'content-type': 'application/json',
    });
    const logits = documents.map((text) => logitOf(query, text));
    for (const [index, { score }] of scores.entries()) expect(score).toBeCloseTo(sigmoid(logits[index]!), 12);
    const inLogits = 'raw_scores' in body || 'use_activation' in body || service === 'elasticsearch';
    expect(scores.map(({ rawScore }) => rawScore)).toEqual(inLogits ? logits : logits.map(sigmoid));
  });

  test('under a path of its own, with or without a slash', async () => {
    server.answerWith(serviceAnswers.vllm);
    for (const url of [`${server.url}/v1`, `${server.url}/gateway/v1//`]) {
      await (await open({ service: 'vllm', url })).score({ query, passages: documents });
    }
    expect(server.seen.map(({ path }) => path)).toEqual(['/v1/rerank', '/gateway/v1/rerank']);
  });

  test('at the whole address, where that is the URL', async () => {
    server.answerWith(serviceAnswers.vllm);
    for (const path of ['/rerank', '/v1/rerank', '/rerank/rerank/']) {
      await (await open({ service: 'vllm', url: `${server.url}${path}` })).score({
        query,
        passages: documents,
      });
    }
    server.answerWith(serviceAnswers.elasticsearch);
    const endpoint = { service: 'elasticsearch', model: 'a b', scale: 'logit' };
    for (const path of ['/_inference', '/_inference/rerank', '/_inference/rerank/a%20b']) {
      await (await open({ ...endpoint, url: `${server.url}${path}` })).score({ query, passages: documents });
    }
    expect(server.seen.map(({ path }) => path)).toEqual([
      '/rerank',
      '/v1/rerank',
      '/rerank/rerank',
      ...Array.from({ length: 3 }, () => '/_inference/rerank/a%20b'),
    ]);
  });

  test('for as many passages as its /info says, once; without it for 32', async () => {
    const passages = Array.from({ length: 40 }, (_, index) => `passage ${index}`);
    const answer: Answer = (request, response) =>
      request.path === '/info'
        ? json({ model_id: 'm', max_client_batch_size: 8 })(request, response)
        : serviceAnswers.tei(request, response);
    const sizes = async (service: Answer, options: object = {}) => {
      server.seen.length = 0;
      server.answerWith(service);
      const reranker = await open({ service: 'tei', concurrency: 1, ...options });
      const scores = await reranker.score({ query, passages });
      expect(scores.map(({ rawScore }) => rawScore)).toEqual(passages.map((text) => logitOf(query, text)));
      return server.seen.map(({ path, body }) =>
        path === '/info' ? 'info' : (body['texts'] as string[]).length,
      );
    };
    expect(await sizes(answer)).toEqual(['info', 8, 8, 8, 8, 8]);
    expect(await sizes(answer, { url: `${server.url}/rerank` })).toEqual(['info', 8, 8, 8, 8, 8]);
    expect(await sizes(answer, { maxDocuments: 20 })).toEqual([20, 20]);
    expect(await sizes(serviceAnswers.tei)).toEqual(['info', 32, 8]);
    let tries = 0;
    const comesBack: Answer = (request, response) => {
      tries += 1;
      return (tries === 1 ? json({}, 503) : answer)(request, response);
    };
    expect(await sizes(comesBack)).toEqual(['info', 'info', 8, 8, 8, 8, 8]);
  });

  test('with a body in gzip where that is wished, on connections that are kept', async () => {
    const reranker = await open({ service: 'cohere', model: 'm', compress: true });
    const long = 'flour and water '.repeat(200);
    for (let turn = 0; turn < 5; turn += 1) await reranker.score({ query, passages: [long] });
    await reranker.score({ query, passages: ['short'] });
    expect(server.seen.map(({ headers }) => headers['content-encoding'])).toEqual([
      ...Array.from({ length: 5 }, () => 'gzip'),
      undefined,
    ]);
    expect(server.seen[0]!.body['documents']).toEqual([long]);
    // A connection may still be busy with the end of an answer when the next request leaves.
    expect(server.connections()).toBeLessThan(3);
  });
});

/** The server's answers are what the services' own clients read, and our requests are what they send. */
describe("beside the services' own clients", () => {
  test.each(['cohere', 'voyage', 'ai-sdk'] as const)('%s', async (client) => {
    const service = client === 'voyage' ? 'voyage' : 'cohere';
    const [url, base] = client === 'cohere' ? [`${server.url}/v2`, server.url] : [server.url, server.url];
    server.answerWith(serviceAnswers[service]);
    const read = await askOfficialClient({ client, url: base, model: 'm', apiKey: 'k1', query, documents });
    const reranker = await open({ service, model: 'm', url, apiKey: 'k1' });
    const scores = await reranker.score({ query, passages: documents });
    expect(read).toHaveLength(2);
    for (const { index, score } of read) expect(scores[index]!.rawScore).toBe(score);
    const [theirs, ours] = server.seen;
    expect(ours!.path).toBe(theirs!.path);
    expect(ours!.body).toEqual(theirs!.body);
    expect(ours!.headers.authorization).toBe(theirs!.headers.authorization);
  });
});
