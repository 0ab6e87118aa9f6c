import { request } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { RetrievalError } from '@secondpass/core';
import { rerankServer, type ServerOptions } from '../src/index.ts';
import { isLoopback } from '../src/loopback.ts';
import { bearer, documents, loadModels, query, type Started, sha256, startServer } from './start-server.ts';

let models: Awaited<ReturnType<typeof loadModels>>;
let started: Started | undefined;
beforeAll(async () => {
  models = await loadModels();
});
afterEach(() => started?.server.drain());
afterAll(() => models.close());

const secret = 'rumpelstiltskin';
const start = async (options: ServerOptions = {}): Promise<Started> => {
  started = await startServer({ rerankers: { nano: models.nano }, ...options });
  return started;
};

describe('keys', () => {
  const keys = [
    { name: 'search team', sha256: sha256('sk-one') },
    { name: 'shop', sha256: sha256('sk-two').toUpperCase() },
  ];

  test('several are taken; others are refused in the form of the route', async () => {
    const server = await start({ keys });
    const ask = (more: RequestInit) => server.post('/v2/rerank', { query, documents }, more);
    expect((await ask(bearer('sk-one'))).status).toBe(200);
    expect((await ask(bearer('sk-two'))).status).toBe(200);
    for (const wrong of [
      {},
      bearer('sk-three'),
      bearer(''),
      { headers: { authorization: 'Basic sk-one' } },
    ]) {
      const { status, body, headers } = await ask(wrong);
      expect([status, Object.keys(body), headers.get('www-authenticate')]).toEqual([
        401,
        ['id', 'message'],
        'Bearer',
      ]);
    }
    expect((await server.post('/rerank', { query, texts: documents })).body.error_type).toBe('Unauthorized');
    expect(server.log.filter(({ status }) => status === 200).map(({ caller }) => caller)).toEqual([
      'search team',
      'shop',
    ]);
    for (const key of ['sk-one', 'sk-two', 'sk-three']) expect(server.logText()).not.toContain(key);
  });

  test('only what watches the process goes without', async () => {
    const server = await start({ keys });
    const statuses = await Promise.all(
      ['/health', '/ready', '/info', '/metrics', '/openapi.json'].map(
        async (path) => (await server.get(path)).status,
      ),
    );
    expect(statuses).toEqual([200, 200, 401, 401, 401]);
    expect((await server.get('/metrics', { authorization: 'Bearer sk-one' })).status).toBe(200);
  });

  test('guard routes that a program adds', async () => {
    const server = await rerankServer({ rerankers: { nano: models.nano }, keys, log: { level: 'silent' } });
    server.app.get('/own', () => ({ mine: true }));
    const url = await server.listen({ port: 0 });
    expect((await fetch(`${url}/own`)).status).toBe(401);
    expect(await (await fetch(`${url}/own`, bearer('sk-one'))).json()).toEqual({ mine: true });
    await server.drain();
  });

  test('are needed where others reach the server', async () => {
    const server = await rerankServer({ rerankers: { nano: models.nano }, log: { level: 'silent' } });
    const error = await server.listen({ host: '0.0.0.0', port: 0 }).catch((reason: unknown) => reason);
    expect(RetrievalError.is(error) && error.problem).toMatch(/Other machines can reach 0\.0\.0\.0/);
    await server.drain();
  });

  test('without any, a name that a web page has made mean this machine is refused', async () => {
    const server = await start();
    const status = await new Promise((resolve, reject) => {
      const asked = request(`${server.url}/info`, { headers: { host: 'evil.example:80' } }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      asked.on('error', reject).end();
    });
    expect(status).toBe(403);
  });
});

test.each([
  ['127.0.0.1', true],
  ['127.8.9.1', true],
  ['localhost', true],
  ['::1', true],
  ['[::1]', true],
  ['0.0.0.0', false],
  ['::', false],
  ['10.0.0.1', false],
  ['127.0.0.1.evil.example', false],
  ['1::1', false],
])('%s is this machine alone: %p', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});

describe('limits', () => {
  const limits = { maxBodyBytes: 60_000, maxDocuments: 3, maxCharacters: 1000 };
  test.each<[string, object, RegExp]>([
    ['documents', { query, documents: ['a', 'b', 'c', 'd'] }, /4 documents, and 3 is the limit/],
    ['length', { query, documents: ['a', 'b'.repeat(1001)] }, /Document 1 has 1001 characters/],
    ['body', { query, documents: ['a', 'b'.repeat(60_001)] }, /The body is too large/],
    ['query', { query: 'q'.repeat(32_769), documents: ['a'] }, /query is 32,769 characters long/],
  ])('%s', async (what, body, message) => {
    const server = await start({ limits });
    const answer = await server.post('/v1/rerank', body);
    const status = what === 'query' ? 422 : 413;
    expect([answer.status, answer.body.detail]).toEqual([status, expect.stringMatching(message)]);
  });
});

test('the log is JSON and holds no word of a text, a key or an address', async () => {
  const server = await start({ embedders: { 'bi-encoder': models.embedder } });
  await server.post('/rerank', { query: secret, texts: [secret, `${secret} ship`] });
  await server.post(`/rerank?q=${secret}`, { query: secret, texts: [secret, 5] });
  await server.post('/v2/rerank', { query: secret, documents: [secret], model: secret });
  await server.post('/v2/rerank', `{"query": "${secret}`);
  await server.post('/embed', { inputs: [secret], [secret]: 1 });
  await server.post(`/${secret}`, {}, { headers: { 'x-request-id': secret, 'user-agent': secret } });
  expect(server.log).toHaveLength(7);
  expect(server.logText()).not.toMatch(new RegExp(secret, 'i'));
  expect(server.log[1]).toMatchObject({
    route: '/rerank',
    status: 200,
    model: 'nano',
    texts: 2,
    caller: 'anonymous',
  });
  const { body } = await server.get('/metrics');
  expect(body).not.toMatch(new RegExp(secret, 'i'));
  expect(body).toMatch(/secondpass_texts_total\{model="nano"\} 2/);
});

test.each<[string, unknown, RegExp]>([
  ['nothing to serve', {}, /nothing to serve/],
  ['a reranker that is none', { rerankers: { nano: {} } }, /rerankers\.nano is an object\. .*score\(\)/],
  [
    'a key in the clear',
    { keys: [{ name: 'a', sha256: 'sk-one' }] },
    /keys\[0\]\.sha256 is not usable\. Use 64 hexadecimal/,
  ],
  ['an unknown option', { ports: 1 }, /ports/],
  ['a limit of none', { limits: { maxQueued: 0 } }, /limits\.maxQueued/],
])('%s is refused', async (_, options, words) => {
  await expect(rerankServer(options as ServerOptions)).rejects.toThrow(words);
});

test('two keys of one name are refused', async () => {
  const key = { name: 'a', sha256: sha256('x') };
  await expect(rerankServer({ rerankers: { nano: models.nano }, keys: [key, key] })).rejects.toThrow(
    /name a/,
  );
});
