import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { json, type ReplayServer, startServer } from '../../service-client/test/replay-server.ts';
import { openAiEmbedder } from '../src/index.ts';
import { openAi, vectorOf } from './embedding-answers.ts';

let server: ReplayServer;
beforeEach(async () => {
  server = await startServer(openAi);
});
afterEach(() => server.close());

const open = (more: object = {}) => openAiEmbedder({ url: `${server.url}/v1/`, model: 'm', ...more });
const rounded = (vectors: readonly Float32Array[]) => vectors.map((vector) => [...vector]);

describe('a request', () => {
  test.each(['base64', 'float'] as const)(
    'asks for %s, with model, key, headers and prompts',
    async (encoding) => {
      const embedder = await open({
        encoding,
        apiKey: 'sk-1234',
        headers: { 'x-team': 'search' },
        prompts: { query: 'q: ' },
        dimensions: 3,
      });
      const vectors = await embedder.embed({ texts: ['one', 'three'], kind: 'query' });
      expect(rounded(vectors)).toEqual(
        rounded(['q: one', 'q: three'].map((text) => Float32Array.from(vectorOf(text)))),
      );
      const { method, path, headers, body } = server.seen.at(-1)!;
      expect([method, path]).toEqual(['POST', '/v1/embeddings']);
      expect(headers).toMatchObject({ authorization: 'Bearer sk-1234', 'x-team': 'search' });
      expect(body).toEqual({
        model: 'm',
        input: ['q: one', 'q: three'],
        encoding_format: encoding,
        dimensions: 3,
      });
    },
  );

  test('is none for no texts', async () => {
    const embedder = await open();
    expect(await embedder.embed({ texts: [], kind: 'passage' })).toEqual([]);
    expect(server.seen).toHaveLength(1);
  });

  test('goes over connections that stay open', async () => {
    const embedder = await open({ concurrency: 1 });
    const ports = new Set<unknown>();
    server.answerWith((request, response) => {
      ports.add(response.socket?.remotePort);
      openAi(request, response);
    });
    for (let turn = 0; turn < 5; turn += 1) await embedder.embed({ texts: ['a'], kind: 'query' });
    // A request that comes before the last connection is back opens another one.
    expect(ports.size).toBeLessThan(3);
  });
});

test('many texts are split by count and size, never more at a time than allowed, and come back in order', async () => {
  const embedder = await open({ maxTextsPerRequest: 3, maxCharactersPerRequest: 20, concurrency: 2 });
  let running = 0;
  let most = 0;
  server.answerWith(async (request, response) => {
    running += 1;
    most = Math.max(most, running);
    // Later requests are answered earlier, where two run at a time.
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    openAi(request, response);
  });
  const text = fc
    .string({ minLength: 1, maxLength: 30 })
    .map((tail) => `t${tail.toWellFormed().replaceAll('\0', '')}`);
  await fc.assert(
    fc.asyncProperty(fc.array(text, { maxLength: 20 }), async (texts) => {
      const before = server.seen.length;
      const vectors = await embedder.embed({ texts, kind: 'passage' });
      expect(rounded(vectors)).toEqual(texts.map((words) => [...Float32Array.from(vectorOf(words))]));
      for (const { body } of server.seen.slice(before)) {
        const { input } = body as { input: string[] };
        expect(input.length).toBeLessThanOrEqual(3);
        expect(input.length === 1 || input.join('').length <= 20).toBe(true);
      }
    }),
    { numRuns: 30 },
  );
  expect(most).toBe(2);
});

test('a request that the service finds too large is halved until it fits', async () => {
  const embedder = await open();
  const sizes: number[] = [];
  server.answerWith((request, response) => {
    const { input } = request.body as { input: string[] };
    sizes.push(input.length);
    if (input.length <= 2) return openAi(request, response);
    response.writeHead(413).end('too many');
  });
  const texts = ['a', 'bb', 'ccc', 'dddd', 'eeeee'];
  const vectors = await embedder.embed({ texts, kind: 'passage' });
  expect(vectors.map(([length]) => length)).toEqual([1, 2, 3, 4, 5]);
  expect(sizes).toEqual([5, 3, 2, 1, 2]);
});

describe('the fingerprint', () => {
  const fingerprint = async (more: object = {}) => (await open(more)).fingerprint;

  test('changes with the model, its length, and how passages are sent; not with queries, keys or limits', async () => {
    const base = await fingerprint();
    expect(await fingerprint({ apiKey: 'sk-9999', prompts: { query: 'q' }, concurrency: 1 })).toBe(base);
    expect(await fingerprint({ model: 'other' })).not.toBe(base);
    expect(await fingerprint({ prompts: { passage: 'p' } })).not.toBe(base);
    server.answerWith((request, response) => {
      (request.body as { model: string }).model = 'm-2026-11';
      openAi(request, response);
    });
    expect(await fingerprint()).not.toBe(base);
  });
});

test('an index that is 0 may be left out', async () => {
  const embedder = await open();
  server.answerWith(json({ data: [{ index: 1, embedding: [2, 2, 2] }, { embedding: [1, 1, 1] }] }));
  const vectors = await embedder.embed({ texts: ['a', 'b'], kind: 'query' });
  expect(rounded(vectors)).toEqual([
    [1, 1, 1],
    [2, 2, 2],
  ]);
});

test.each(['/v1/embeddings', '/v1/embeddings/', '/embeddings', '/embeddings/embeddings'])(
  'a URL that is the whole address is asked as it is: %s',
  async (path) => {
    await open({ url: `${server.url}${path}` });
    expect(server.seen[0]!.path).toBe(path.replace(/\/$/, ''));
  },
);

test('the key may stand in an environment variable, and bodies may be compressed', async () => {
  process.env['SECONDPASS_TEST_KEY'] = ' sk-from-environment ';
  const embedder = await open({ apiKeyVariable: 'SECONDPASS_TEST_KEY', compress: true });
  delete process.env['SECONDPASS_TEST_KEY'];
  await embedder.embed({ texts: ['flour '.repeat(400)], kind: 'query' });
  expect(server.seen.at(-1)!.headers).toMatchObject({
    authorization: 'Bearer sk-from-environment',
    'content-encoding': 'gzip',
  });
  await expect(open({ apiKeyVariable: 'SECONDPASS_TEST_KEY' })).rejects.toMatchObject({
    code: 'invalid-options',
    path: ['apiKeyVariable'],
  });
});

test('a batch that the service finds too large is asked for in halves', async () => {
  const embedder = await open({ retries: 0 });
  server.answerWith((request, response) => {
    const { length } = request.body['input'] as string[];
    const refusal = { error: { message: `batch size ${length} > maximum allowed batch size 2` } };
    return length > 2 ? json(refusal, 422)(request, response) : openAi(request, response);
  });
  const texts = ['a', 'bb', 'ccc', 'dddd', 'eeeee'];
  const vectors = await embedder.embed({ texts, kind: 'passage' });
  expect(vectors.map(([length]) => length)).toEqual([1, 2, 3, 4, 5]);
});

test('an error told inside a 200 keeps its reason, and a misspelt option is named with its path', async () => {
  server.answerWith(json({ error: { message: 'no such model' } }));
  await expect(open()).rejects.toMatchObject({
    code: 'embed-failed',
    problem: `${server.url}/v1/embeddings answered 200 with an error: no such model.`,
  });
  await expect(open({ timeoutMS: 5 })).rejects.toMatchObject({
    path: ['timeoutMS'],
    nextStep: 'Did you mean timeoutMs?',
  });
});
