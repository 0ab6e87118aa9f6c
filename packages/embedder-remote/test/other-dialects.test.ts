import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { RetrievalError } from '@secondpass/core';
import {
  type Answer,
  json,
  type ReplayServer,
  startServer,
} from '../../service-client/test/replay-server.ts';
import { embedderFromConfig, ollamaEmbedder, type RemoteConfig, teiEmbedder } from '../src/index.ts';
import { vectorOf } from './embedding-answers.ts';

let server: ReplayServer;
beforeEach(async () => {
  server = await startServer(json({}, 404));
});
afterEach(() => server.close());

const posted = () => server.seen.filter(({ method }) => method === 'POST').map(({ body }) => body);

const tei =
  (info: Answer): Answer =>
  (request, response) => {
    if (request.path === '/info') return info(request, response);
    const { inputs } = request.body as { inputs: string[] };
    json(inputs.map(vectorOf))(request, response);
  };

const info = (more: object = {}) =>
  json({
    model_id: 'BAAI/bge-small',
    model_sha: 'abc',
    max_client_batch_size: 2,
    auto_truncate: true,
    ...more,
  });

describe('Text Embeddings Inference', () => {
  test('is asked as its own clients ask, in batches that it takes', async () => {
    server.answerWith(tei(info()));
    const embedder = await teiEmbedder({
      url: server.url,
      unitLength: false,
      truncate: false,
      dimensions: 3,
      promptNames: { query: 'query' },
    });
    expect([embedder.model, embedder.dimensions]).toEqual(['BAAI/bge-small', 3]);
    const texts = ['a', 'bb', 'ccc'];
    const vectors = await embedder.embed({ texts, kind: 'query' });
    expect(vectors.map(([length]) => length)).toEqual([1, 2, 3]);
    const asked = { normalize: false, truncate: false, prompt_name: 'query', dimensions: 3 };
    expect(posted().slice(1)).toEqual(
      expect.arrayContaining([
        { inputs: ['a', 'bb'], ...asked },
        { inputs: ['ccc'], ...asked },
      ]),
    );
    await embedder.embed({ texts: ['d'], kind: 'passage' });
    expect(posted().at(-1)).not.toHaveProperty('prompt_name');
  });

  test.each<[string, Answer]>([
    ['passes on no /info', json('Not Found', 404)],
    ['answers it with a page', (_, response) => void response.end('<html>hello</html>')],
    ['answers it with something else', json([])],
  ])('works behind a gateway that %s', async (_, about) => {
    server.answerWith(tei(about));
    const embedder = await teiEmbedder({ url: server.url });
    expect([embedder.model, embedder.dimensions]).toEqual([undefined, 3]);
  });

  test('has a fingerprint that changes with revision, normalization, truncation and the prompt of passages', async () => {
    const fingerprint = async (more: object, about: object = {}) => {
      server.answerWith(tei(info(about)));
      return (await teiEmbedder({ url: server.url, ...more })).fingerprint;
    };
    const prints = await Promise.all([
      fingerprint({}),
      fingerprint({ unitLength: false }),
      fingerprint({ truncate: false }),
      fingerprint({ promptNames: { passage: 'p' } }),
    ]);
    prints.push(await fingerprint({}, { model_sha: 'def' }));
    expect(new Set(prints).size).toBe(5);
    expect(await fingerprint({ promptNames: { query: 'q' } })).toBe(prints[0]);
  });

  test('with a wrong count is refused', async () => {
    server.answerWith(tei(info()));
    const embedder = await teiEmbedder({ url: server.url });
    server.answerWith(json([[1, 2, 3]]));
    const error = await embedder
      .embed({ texts: ['a', 'b'], kind: 'passage' })
      .catch((reason: unknown) => reason);
    expect(RetrievalError.is(error) && error.code).toBe('model-output-invalid');
  });
});

const ollama =
  (digest: string): Answer =>
  (request, response) => {
    if (request.path === '/api/tags') {
      return json({
        models: [
          { name: 'other:latest', digest: 'x' },
          { name: 'nomic:latest', digest },
        ],
      })(request, response);
    }
    const { input, model } = request.body as { input: string[]; model: string };
    json({ model, embeddings: input.map(vectorOf), total_duration: 1 })(request, response);
  };

describe('Ollama', () => {
  test('is asked as it documents, and its digest is in the fingerprint', async () => {
    server.answerWith(ollama('one'));
    const options = {
      url: server.url,
      model: 'nomic',
      truncate: false,
      prompts: { passage: 'search_document: ' },
    };
    const embedder = await ollamaEmbedder(options);
    await embedder.embed({ texts: ['a'], kind: 'passage' });
    expect(posted().at(-1)).toEqual({ model: 'nomic', input: ['search_document: a'], truncate: false });
    server.answerWith(ollama('two'));
    expect((await ollamaEmbedder(options)).fingerprint).not.toBe(embedder.fingerprint);
  });

  test('without the model says so', async () => {
    server.answerWith(json({ error: 'model "nomic" not found, try pulling it first' }, 404));
    const error = await ollamaEmbedder({ url: server.url, model: 'nomic' }).catch(
      (reason: unknown) => reason,
    );
    expect(RetrievalError.is(error) && error.message).toMatch(/not found, try pulling it first/);
  });
});

describe('from a configuration', () => {
  test('opens each dialect', async () => {
    server.answerWith(ollama('one'));
    const embedder = await embedderFromConfig({ dialect: 'ollama', url: server.url, model: 'nomic' });
    expect(embedder.name).toBe('ollama:nomic');
  });

  test.each<[string, object, RegExp]>([
    [
      'an unknown dialect',
      { dialect: 'cohere', url: 'http://a' },
      /dialect is "cohere"\. Use one of openai, tei, ollama/,
    ],
    ['no model', { dialect: 'openai', url: 'http://a' }, /model is missing\. Use a string/],
    ['an unknown key', { dialect: 'tei', url: 'http://a', model: 'm' }, /model is not an option\. Use url/],
    [
      'a wrong type',
      { dialect: 'ollama', url: 'http://a', model: 'm', retries: 'many' },
      /retries is "many"\. Use an integer/,
    ],
    [
      'a password in the URL',
      { dialect: 'tei', url: 'http://me:s3cret@a' },
      /url is not usable\. Use an http/,
    ],
    ['an empty key', { dialect: 'openai', url: 'http://a', model: 'm', apiKey: '' }, /apiKey is not usable/],
  ])('refuses %s', async (_, config, words) => {
    const error = await embedderFromConfig(config as RemoteConfig).catch((reason: unknown) => reason);
    if (!RetrievalError.is(error)) throw error;
    expect(error.code).toBe('invalid-config');
    expect(error.message).toMatch(words);
    expect(error.message).not.toContain('s3cret');
  });
});
