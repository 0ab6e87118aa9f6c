import { createServer as createTcpServer, type Server } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, describe, expect, test } from '@jest/globals';
import { FailedTry, httpService, tryRequest } from '../src/index.ts';
import { everythingOf } from './error-of.ts';
import { type ReplayServer, startServer } from './replay-server.ts';
import { testKind } from './test-kind.ts';

let server: ReplayServer | undefined;
let tcp: Server | undefined;
afterEach(async () => {
  await server?.close();
  await new Promise((resolve) => (tcp ? tcp.close(resolve) : resolve(undefined)));
  server = undefined;
  tcp = undefined;
});

const key = 'sk-very-secret-key';
const text = 'Jane Roe lived at 12 Harbour Street until the spring of that year.';

async function failureOf(url: string): Promise<FailedTry> {
  const headers = { 'x-tenant-token': 'tenant-4711-secret' };
  const service = httpService({ origin: 'test', kind: testKind, url, apiKey: key, headers });
  const call = { path: '/ask', body: { input: text } };
  const error = await tryRequest(service, call, [text], new AbortController().signal).catch(
    (reason) => reason,
  );
  if (!(error instanceof FailedTry)) throw new Error(`expected a FailedTry, got ${String(error)}`);
  return error;
}

/** A server that answers each request with what it makes of it, HTTP or not. */
async function answering(answer: (request: string) => string): Promise<string> {
  tcp = createTcpServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (chunk) => socket.end(answer(chunk.toString())));
  });
  await new Promise<void>((resolve) => tcp!.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(tcp.address() as { port: number }).port}`;
}

const body = Buffer.from(JSON.stringify({ results: Array.from({ length: 500 }, (_, index) => index) }));

describe('a body whose compression is broken would come again: it is not asked for again', () => {
  test.each([
    ['gzip', gzipSync(body)],
    ['deflate', deflateSync(body)],
    ['br', brotliCompressSync(body)],
    ['zstd', zstdCompressSync(body)],
  ])('%s', async (encoding, compressed) => {
    for (const bytes of [Buffer.from('no compression at all'), damaged(compressed)]) {
      await server?.close();
      server = await startServer((_, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': encoding });
        response.end(bytes);
      });
      const { error, mayRetry } = await failureOf(server.url);
      expect([error.code, mayRetry]).toEqual(['model-output-invalid', false]);
      expect(error.problem).toBe(
        `The answer of ${server.url}/ask cannot be used: its compression is damaged.`,
      );
    }
  });
});

function damaged(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy.fill(0xff, 8, copy.length - 4);
  return copy;
}

describe('a server that speaks no HTTP, and repeats what it was sent', () => {
  test.each<[string, (request: string) => string]>([
    ['as it is', (request) => request],
    ['after a line of HTTP', (request) => `HTTP/1.1 200 OK\r\n${request}`],
    ['in a header with a control character', () => `HTTP/1.1 200 OK\r\nx-echo: ${key}\u0001${text}\r\n\r\n`],
  ])('%s', async (_, answer) => {
    const url = await answering(answer);
    const { error, mayRetry } = await failureOf(url);
    expect([error.code, mayRetry]).toEqual(['model-output-invalid', false]);
    expect(error.problem).toBe(`The answer of ${url}/ask cannot be used: it is not HTTP.`);
    const all = everythingOf(error);
    for (const secret of ['very-secret', 'tenant-4711', 'Jane', 'Harbour']) expect(all).not.toContain(secret);
  });
});

test('an error without an answer keeps its code, and shows where it was asked', async () => {
  const { error, mayRetry } = await failureOf('http://127.0.0.1:2');
  expect([error.code, mayRetry]).toEqual(['reranker-unreachable', true]);
  expect(error.problem).toMatch(/^http:\/\/127\.0\.0\.1:2\/ask cannot be reached: connect ECONNREFUSED/);
  expect(everythingOf(error.cause)).toMatch(/ECONNREFUSED/);
});

describe('a header that HTTP cannot carry is refused by name, before anything is asked', () => {
  test.each<[string, object, readonly string[]]>([
    ['a control character', { headers: { 'x-team': 'a\u0001secret' } }, ['headers', 'x-team']],
    ['a line break', { headers: { 'x-team': 'a\r\nsecret' } }, ['headers', 'x-team']],
    ['a letter outside Latin-1', { headers: { 'x-team': 'secret ключ' } }, ['headers', 'x-team']],
    ['a name that is none', { headers: { 'x team': 'secret' } }, ['headers', 'x team']],
    ['a length of its own', { headers: { 'content-length': 'secret' } }, ['headers', 'content-length']],
    ['a connection of its own', { headers: { Connection: 'secret' } }, ['headers', 'Connection']],
    ['a key with a control character', { apiKey: 'secret\u0002' }, ['apiKey']],
  ])('%s', (_, options, path) => {
    let refused: unknown;
    try {
      httpService({ origin: 'test', kind: testKind, url: 'http://a', ...options });
    } catch (error) {
      refused = error;
    }
    expect(refused).toMatchObject({ code: 'invalid-options', path });
    expect(everythingOf(refused)).not.toContain('secret');
  });
});
