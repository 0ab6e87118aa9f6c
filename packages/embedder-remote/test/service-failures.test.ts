import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { errorOf } from '../../service-client/test/error-of.ts';
import {
  type Answer,
  hang,
  json,
  type ReplayServer,
  reset,
  startServer,
} from '../../service-client/test/replay-server.ts';
import { openAiEmbedder, type RemoteEmbedder } from '../src/index.ts';
import { asBase64, openAi } from './embedding-answers.ts';

let server: ReplayServer;
beforeEach(async () => {
  server = await startServer(openAi);
});
afterEach(() => server.close());

const key = 'sk-very-secret-key';
const open = (more: object = {}): Promise<RemoteEmbedder> =>
  openAiEmbedder({ url: server.url, model: 'm', apiKey: key, ...more });

/** The error of an embedder that opened, and whose service answers so from then on. */
async function failureOf(answers: readonly Answer[], more: object = { retries: 0 }, texts = ['a', 'bb']) {
  const embedder = await open(more);
  server.answerWith(...answers);
  return errorOf(embedder.embed({ texts, kind: 'passage' }));
}

const item = (index: unknown, embedding: unknown) => ({ index, embedding });
const list = (...data: readonly unknown[]): Answer => json({ object: 'list', data, model: 'm' });

describe('an answer that is not the vectors asked for is refused, and not asked for again', () => {
  test.each<[string, Answer, string, RegExp]>([
    ['no JSON', (_, response) => void response.end('<html>hello</html>'), 'model-output-invalid', /not JSON/],
    ['another shape', json({ embeddings: [] }), 'model-output-invalid', /data has the wrong form/],
    ['too few', list(item(0, [1, 2, 3])), 'model-output-invalid', /1 vectors for 2 texts/],
    [
      'too many',
      list(item(0, [1, 2, 3]), item(1, [1, 2, 3]), item(2, [1, 2, 3])),
      'model-output-invalid',
      /3 vectors for 2/,
    ],
    [
      'one index twice',
      list(item(1, [1, 2, 3]), item(1, [1, 2, 3])),
      'model-output-invalid',
      /two vectors with the index 1/,
    ],
    [
      'an index outside',
      list(item(0, [1, 2, 3]), item(2, [1, 2, 3])),
      'model-output-invalid',
      /index 2 for 2 texts/,
    ],
    [
      'no index at all',
      list({ embedding: [1, 2, 3] }, { embedding: [1, 2, 3] }),
      'model-output-invalid',
      /two vectors with the index 0/,
    ],
    [
      'another length',
      list(item(0, [1, 2]), item(1, [1, 2])),
      'dimension-mismatch',
      /2 dimensions, and 3 were expected/,
    ],
    ['two lengths', list(item(0, [1, 2, 3]), item(1, [1, 2])), 'dimension-mismatch', /2 dimensions/],
    [
      'null for a number',
      list(item(0, [1, null, 3]), item(1, [1, 2, 3])),
      'model-output-invalid',
      /holds null/,
    ],
    [
      'NaN in base64',
      list(item(0, asBase64([1, Number.NaN, 3])), item(1, asBase64([1, 2, 3]))),
      'model-output-invalid',
      /holds NaN/,
    ],
    [
      'a number beyond float32',
      list(item(0, [1, 1e300, 3]), item(1, [1, 2, 3])),
      'model-output-invalid',
      /holds Infinity/,
    ],
    [
      'broken base64',
      list(item(0, 'AAAA%AAA'), item(1, asBase64([1, 2, 3]))),
      'model-output-invalid',
      /not float32 in base64/,
    ],
    [
      'half a float',
      list(item(0, 'AAAAAAA='), item(1, 'AAAAAAA=')),
      'model-output-invalid',
      /not float32 in base64/,
    ],
    ['no numbers', list(item(0, []), item(1, [])), 'model-output-invalid', /empty/],
    [
      'another model',
      json({ data: [item(0, [1, 2, 3]), item(1, [1, 2, 3])], model: 'n' }),
      'model-output-invalid',
      /model "n".*"m" as before/,
    ],
  ])('%s', async (_, answer, code, words) => {
    const error = await failureOf([answer], { retries: 5 });
    expect([error.code, error.origin]).toEqual([code, 'openai:m']);
    expect(error.message).toMatch(words);
    expect(server.seen).toHaveLength(2);
  });
});

describe('an error of the service has a code, its words and a next step', () => {
  test.each<[number, unknown, string, RegExp]>([
    [
      400,
      { error: { message: 'bad input', type: 'invalid_request_error' } },
      'embed-failed',
      /400: bad input\./,
    ],
    [
      401,
      { error: { message: `Incorrect API key provided: ${key}.` } },
      'embed-failed',
      /provided: \*\*\*\. Set a key/,
    ],
    [403, { message: 'no' }, 'embed-failed', /apiKey/],
    [404, { error: 'model "m" not found' }, 'embed-failed', /not found.*has the model/],
    [413, { error: 'too long', error_type: 'Validation' }, 'embed-failed', /maxTextsPerRequest/],
    [
      422,
      { detail: [{ msg: 'value is no string', input: 'x'.repeat(5000) }] },
      'embed-failed',
      /422: value is no string/,
    ],
    [422, { detail: [{ msg: 'too long', input: 'x'.repeat(500_000) }] }, 'embed-failed', /422: too long\./],
    [429, { error: { message: 'slow down' } }, 'overloaded', /slow down/],
    [500, { error: 'boom' }, 'embed-failed', /500: boom/],
    [503, 'starting', 'embedder-unreachable', /503: starting/],
    [307, {}, 'embed-failed', /redirects are not followed/],
  ])('%i', async (status, body, code, words) => {
    const error = await failureOf(
      [json(body, status, { location: 'http://elsewhere.example/' })],
      { retries: 0 },
      ['a'],
    );
    expect(error.code).toBe(code);
    expect(error.message).toMatch(words);
    expect(error.message.length).toBeLessThan(500);
  });

  test('and never shows the key or a header, wherever it is looked at', async () => {
    const headers = { 'x-token': 'Token hidden-token' };
    const echo: Answer = (request, response) =>
      json({ error: JSON.stringify(request.headers) }, 400)(request, response);
    const error = await failureOf([echo], { retries: 0, headers });
    const bad = await errorOf(openAiEmbedder({ url: server.url, model: 'm', apiKey: `sk-\n${key}` }));
    const unreachable = await errorOf(
      openAiEmbedder({ url: 'http://127.0.0.1:1', model: 'm', apiKey: key, headers, retries: 0 }),
    );
    for (const one of [error, bad, unreachable]) {
      const shown = `${one.message} ${one.stack} ${String(one.cause)} ${JSON.stringify(one)}`;
      expect(shown).not.toMatch(/very-secret|hidden-token/);
    }
    expect(bad.code).toBe('invalid-options');
    expect(unreachable.code).toBe('embedder-unreachable');
  });
});

test('an error repeats no text that was sent', async () => {
  const texts = ['Jane Roe lived at 12 Harbour Street until the spring.'];
  const echo: Answer = (request, response) =>
    json({ error: `cannot read ${String(request.body['input'])}` }, 400)(request, response);
  const error = await failureOf([echo], { retries: 0 }, texts);
  expect(error.problem).toBe(`${server.url}/embeddings answered 400.`);
});

describe('what may pass is tried again', () => {
  test.each<[string, Answer]>([
    ['503', json({}, 503)],
    ['429 with Retry-After', json({}, 429, { 'retry-after': '0' })],
    ['a cut connection', reset],
    [
      'half an answer',
      (_, response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{"data"', () => response.destroy());
      },
    ],
  ])('%s', async (_, answer) => {
    const embedder = await open({ retries: 1 });
    server.answerWith(answer, openAi);
    const [vector] = await embedder.embed({ texts: ['abc'], kind: 'query' });
    expect(vector![0]).toBe(3);
    expect(server.seen).toHaveLength(3);
  });

  test('as often as allowed, and no more', async () => {
    const error = await failureOf([json({}, 502)], { retries: 1 });
    expect(error.code).toBe('embedder-unreachable');
    expect(server.seen).toHaveLength(3);
  });

  test('no sooner than Retry-After says', async () => {
    const embedder = await open({ retries: 1 });
    server.answerWith(json({}, 429, { 'retry-after-ms': '400' }), openAi);
    const started = performance.now();
    await embedder.embed({ texts: ['a'], kind: 'query' });
    expect(performance.now() - started).toBeGreaterThan(399);
  });

  test('unless the wait would outlast the time that is left', async () => {
    const error = await failureOf([json({}, 429, { 'retry-after': '60' })], {
      retries: 3,
      totalTimeoutMs: 5_000,
    });
    expect(error.code).toBe('overloaded');
    expect(server.seen).toHaveLength(2);
  });

  test('unless an account is empty', async () => {
    const error = await failureOf([json({ error: { message: 'quota', code: 'insufficient_quota' } }, 429)], {
      retries: 3,
    });
    expect(error.code).toBe('overloaded');
    expect(server.seen).toHaveLength(2);
  });
});

describe('a service that hangs', () => {
  test('costs timeoutMs a try', async () => {
    const error = await failureOf([hang], { retries: 1, timeoutMs: 400 });
    expect(error.message).toMatch(/did not answer within 400 ms/);
    expect(error.code).toBe('deadline-exceeded');
    expect(server.seen).toHaveLength(3);
  });

  test('costs totalTimeoutMs in all, also those who wait for their turn', async () => {
    const error = await failureOf([hang], { concurrency: 1, maxTextsPerRequest: 1, totalTimeoutMs: 800 });
    expect([error.code, error.problem]).toEqual([
      'deadline-exceeded',
      'Not all texts were embedded within 800 ms.',
    ]);
  });

  test('while it opens, is left by its signal', async () => {
    server.answerWith(hang);
    const reason = new Error('enough');
    const controller = new AbortController();
    const opening = openAiEmbedder({ url: server.url, model: 'm' }, controller.signal);
    setTimeout(() => controller.abort(reason), 20);
    await expect(opening).rejects.toBe(reason);
  });
});

describe('an abort', () => {
  test("rejects with the signal's reason and closes the socket", async () => {
    const embedder = await open();
    const controller = new AbortController();
    const reason = new Error('enough');
    const asked = new Promise<void>((resolve) => server.answerWith(() => resolve()));
    const embedding = embedder.embed({ texts: ['a'], kind: 'query', signal: controller.signal });
    await asked;
    controller.abort(reason);
    await expect(embedding).rejects.toBe(reason);
    await server.seen.at(-1)!.ended;
  });

  test('of a waiting call frees no other, and its request is never made', async () => {
    const embedder = await open({ concurrency: 1 });
    let release = () => {};
    const asked = new Promise<void>((resolve) =>
      server.answerWith((request, response) => {
        release = () => void openAi(request, response);
        resolve();
      }),
    );
    const first = embedder.embed({ texts: ['first'], kind: 'query' });
    await asked;
    const controller = new AbortController();
    const second = embedder.embed({ texts: ['second'], kind: 'query', signal: controller.signal });
    controller.abort('enough');
    await expect(second).rejects.toBe('enough');
    release();
    expect((await first)[0]![0]).toBe(5);
    expect(server.seen).toHaveLength(2);
  });

  test('by close: calls under way and later ones are refused as closed', async () => {
    const embedder = await open();
    const asked = new Promise<void>((resolve) => server.answerWith(() => resolve()));
    const refused = errorOf(embedder.embed({ texts: ['a'], kind: 'query' }));
    await asked;
    await embedder.close();
    await embedder.close();
    expect((await refused).code).toBe('closed');
    expect((await errorOf(embedder.embed({ texts: ['a'], kind: 'query' }))).code).toBe('closed');
  });
});

test('one failing request ends the others of its call', async () => {
  const embedder = await open({ maxTextsPerRequest: 1, retries: 0 });
  const gone: Promise<unknown>[] = [];
  server.answerWith((request, response) => {
    const [text] = (request.body as { input: string[] }).input;
    if (text !== 'bad') return void gone.push(request.ended);
    const bothWait = setInterval(() => {
      if (gone.length < 2) return;
      clearInterval(bothWait);
      json({}, 400)(request, response);
    }, 1);
  });
  const error = await errorOf(embedder.embed({ texts: ['a', 'b', 'bad'], kind: 'passage' }));
  expect(error.code).toBe('embed-failed');
  await Promise.all(gone);
});

test('an empty text is refused before anything is sent', async () => {
  const error = await failureOf([openAi], {}, ['a', ' ']);
  expect([error.code, error.problem]).toEqual(['invalid-passage', 'passages[1] is empty.']);
});
