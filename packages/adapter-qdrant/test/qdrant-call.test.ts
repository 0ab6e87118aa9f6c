import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { QdrantClient } from '@qdrant/js-client-rest';
import { call, read } from '../src/qdrant-call.ts';
import { type ListeningServer, listen } from './http-server.ts';

describe('a server that does not answer', () => {
  let server: ListeningServer;
  let arrived = Promise.withResolvers<void>();
  let left = Promise.withResolvers<void>();

  beforeAll(async () => {
    server = await listen((request) => {
      arrived.resolve();
      request.socket.once('close', () => left.resolve());
    });
  });

  afterAll(() => server.close());

  const ask = (timeout: number, options: { signal?: AbortSignal; timeoutMs?: number }) => {
    arrived = Promise.withResolvers();
    left = Promise.withResolvers();
    const client = new QdrantClient({ url: server.url, timeout, checkCompatibility: false });
    const connection = { client, name: 'qdrant:articles', requestTimeoutMs: 60_000 };
    return call(connection, (api, init) => api.getCollection({ collection_name: 'articles' }, init), options);
  };

  test('is left when aborted, with the signal’s reason, and the request ends', async () => {
    const controller = new AbortController();
    const reason = new Error('The user left.');
    const asked = ask(Number.POSITIVE_INFINITY, { signal: controller.signal });
    await arrived.promise;
    controller.abort(reason);
    await expect(asked).rejects.toBe(reason);
    await left.promise;
  });

  test('is left at once too where the client keeps the signal to itself', async () => {
    const controller = new AbortController();
    const reason = new Error('The user left.');
    const asked = ask(60_000, { signal: controller.signal });
    await arrived.promise;
    controller.abort(reason);
    await expect(asked).rejects.toBe(reason);
  });

  test('is given up after the time that a request may take, and the request ends', async () => {
    const asked = ask(Number.POSITIVE_INFINITY, { timeoutMs: 50 });
    await expect(asked).rejects.toMatchObject({
      code: 'deadline-exceeded',
      problem: 'Qdrant did not answer within 50 ms.',
      cause: expect.anything(),
    });
    await left.promise;
  });

  test("is given up after the client's own time", async () => {
    await expect(ask(50, {})).rejects.toMatchObject({
      code: 'deadline-exceeded',
      nextStep: expect.stringContaining('timeout'),
    });
  });

  test('is not asked once aborted', async () => {
    const reason = new Error('Too late.');
    await expect(ask(60_000, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

test.each([
  ['<html>It works!</html>', 'text/html'],
  ['{"hello": "world"}', 'application/json'],
  ['null', 'application/json'],
])('another server than Qdrant is source-failed: %s', async (body, type) => {
  const server = await listen((_, response) => response.writeHead(200, { 'content-type': type }).end(body));
  const client = new QdrantClient({ url: server.url, checkCompatibility: false });
  const asked = call({ client, name: 'q', requestTimeoutMs: 5000 }, (api, init) =>
    api.countPoints({ collection_name: 'a' }, init),
  );
  await expect(asked).rejects.toMatchObject({
    code: 'source-failed',
    problem: 'The answer is not one of Qdrant.',
  });
  await server.close();
});

test('a server that hangs up in the middle is source-unreachable', async () => {
  const server = await listen((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
    response.write('{"result":');
    setTimeout(() => response.socket?.destroy(), 20);
  });
  const client = new QdrantClient({ url: server.url, checkCompatibility: false });
  const asked = call({ client, name: 'q', requestTimeoutMs: 5000 }, (api, init) =>
    api.countPoints({ collection_name: 'a' }, init),
  );
  await expect(asked).rejects.toMatchObject({ code: 'source-unreachable', cause: expect.anything() });
  await server.close();
});

describe('a server that closes a connection instead of answering', () => {
  let server: ListeningServer;
  let asked = 0;
  let closes = 0;

  beforeAll(async () => {
    server = await listen((request, response) => {
      asked += 1;
      if (asked <= closes) request.socket.destroy();
      else response.writeHead(200, { 'content-type': 'application/json' }).end('{"result": {"count": 3}}');
    });
  });

  afterAll(() => server.close());

  const count = (send: typeof call, times: number) => {
    asked = 0;
    closes = times;
    const client = new QdrantClient({ url: server.url, checkCompatibility: false });
    const connection = { client, name: 'q', requestTimeoutMs: 5000 };
    return send(connection, (api, init) => api.countPoints({ collection_name: 'a' }, init));
  };

  test('is asked once more for what changes nothing', async () => {
    await expect(count(read, 1)).resolves.toEqual({ count: 3 });
    expect(asked).toBe(2);
  });

  test('is not asked a third time', async () => {
    await expect(count(read, 9)).rejects.toMatchObject({ code: 'source-unreachable' });
    expect(asked).toBe(2);
  });

  test('is not sent a change twice: it may have been made', async () => {
    await expect(count(call, 1)).rejects.toMatchObject({ code: 'source-unreachable' });
    expect(asked).toBe(1);
  });
});
