import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  type CandidateRequest,
  type CandidateSource,
  RetrievalError,
  TwoStageRetriever,
} from '@secondpass/core';
import { rawIntegers } from '@secondpass/core/extend';
import {
  bearer,
  documents,
  loadModels,
  ownOrder,
  query,
  type Started,
  sha256,
  startServer,
} from './start-server.ts';

let models: Awaited<ReturnType<typeof loadModels>>;
let started: Started;
const asked: CandidateRequest[] = [];

/** All documents, in their order, for any question. */
const source: CandidateSource = {
  name: 'notes',
  input: 'text',
  search: async (request) => {
    asked.push(request);
    if (request.tenant === 'broken') {
      throw new RetrievalError({
        ...{
          code: 'source-unreachable',
          origin: 'notes',
          problem: `No answer to ${query}.`,
          nextStep: 'Wait.',
        },
      });
    }
    return documents.map((text, index) => ({ id: `${index}`, text, score: 1 - index / 10, rank: index + 1 }));
  },
};

beforeAll(async () => {
  models = await loadModels();
  started = await startServer({
    embedders: { 'bi-encoder': models.embedder },
    pipelines: { notes: new TwoStageRetriever({ source, reranker: models.nano, depth: 10, topK: 3 }) },
    keys: [
      { name: 'all', sha256: sha256('sk-all') },
      { name: 'acme', sha256: sha256('sk-acme'), tenant: 'acme' },
    ],
  });
});
afterAll(async () => {
  await started.server.drain();
  await models.close();
});

const post = (path: string, body: unknown, key = 'sk-all') => started.post(path, body, bearer(key));

describe('vectors', () => {
  test('of OpenAI’s dialect, as numbers and in base64, of queries and passages', async () => {
    for (const kind of ['query', 'passage'] as const) {
      const vectors = await models.embedder.embed({ texts: documents, kind });
      const { body } = await post('/v1/embeddings', { input: documents, input_type: kind });
      expect(body).toEqual({
        object: 'list',
        model: 'bi-encoder',
        usage: { prompt_tokens: 0, total_tokens: 0 },
        data: vectors.map((vector, index) => ({ object: 'embedding', index, embedding: [...vector] })),
      });
    }
    const [vector] = await models.embedder.embed({ texts: ['one'], kind: 'passage' });
    const { body } = await post('/v1/embeddings', { input: 'one', encoding_format: 'base64' });
    const bytes = Buffer.from(body.data[0].embedding, 'base64');
    const read = Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readFloatLE(at * 4));
    expect(read).toEqual([...vector!]);
  });

  test('of TEI’s', async () => {
    const [vector] = await models.embedder.embed({ texts: [query], kind: 'query' });
    expect((await post('/embed', { inputs: query, prompt_name: 'query' })).body).toEqual([[...vector!]]);
    expect((await post('/embed', { inputs: documents })).body).toHaveLength(documents.length);
  });

  test.each<[string, object, RegExp]>([
    ['/v1/embeddings', { input: [1, 2] }, /^input: expected a string or a list of strings; token ids/],
    ['/v1/embeddings', { input: ['a', ' '] }, /^Text 1 is empty/],
    ['/v1/embeddings', { input: [] }, /no documents/],
    ['/v1/embeddings', { input: 'a', dimensions: 64 }, /^dimensions is 64, and the model gives 384/],
    ['/v1/embeddings', { input: 'a', model: 'ada' }, /no such embedder\. Served here: bi-encoder/],
  ])('%s %j is refused', async (path, body, message) => {
    expect((await post(path, body)).body.error.message).toMatch(message);
  });
});

describe('search', () => {
  test('gives the hits of the pipeline', async () => {
    const own = await ownOrder(models.nano);
    const filter = { field: 'lang', eq: 'en' };
    const { status, body } = await post('/search', { query, topK: 2, depth: 4, filter, tenant: 'any' });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      query,
      hits: own.slice(0, 2).map(({ index, score, rawScore }, at) => ({
        ...{ rank: at + 1, score, rawScore, candidate: { id: `${index}`, text: documents[index] } },
      })),
      retrievedBy: 'notes',
      rerankedBy: 'nano',
    });
    expect(asked.at(-1)).toMatchObject({ depth: 4, filter, tenant: 'any' });
  });

  test('an integer beyond 2^53 in a filter arrives to the last digit', async () => {
    const filter = { field: 'post', eq: 1_784_530_912_236_650_497n };
    const { status } = await post('/search', rawIntegers({ query, filter }));
    expect([status, asked.at(-1)!.filter]).toEqual([200, filter]);
  });

  test('a key with a tenant searches for that one only', async () => {
    await post('/search', { query }, 'sk-acme');
    expect(asked.at(-1)!.tenant).toBe('acme');
    const other = await post('/search', { query, tenant: 'globex' }, 'sk-acme');
    expect([other.status, other.body.error.code]).toEqual([403, 'forbidden']);
    expect(asked.at(-1)!.tenant).toBe('acme');
  });

  test.each<[object, number, RegExp]>([
    [{ query: ' ' }, 400, /query is empty/],
    [{ query, filter: { field: 'a' } }, 400, /filter/],
    [{ query, pipeline: 'other' }, 404, /Served here: notes/],
    [{ query, topK: 50 }, 400, /topK is 50/],
    [{ query, tenant: 'broken' }, 502, /^notes failed: source-unreachable\.$/],
  ])('%j is refused with %p', async (body, status, message) => {
    const answer = await post('/search', body);
    expect([answer.status, answer.body.error.message]).toEqual([status, expect.stringMatching(message)]);
    expect(started.logText()).not.toContain(query);
  });
});
