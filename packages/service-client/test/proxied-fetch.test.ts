import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { httpService, tryRequest } from '../src/index.ts';
import { everythingOf } from './error-of.ts';
import { json, type ReplayServer, startServer } from './replay-server.ts';
import { testKind } from './test-kind.ts';

const variables = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'];
const before = new Map(variables.map((name) => [name, process.env[name]]));
let server: ReplayServer;
let proxy: Server;
let address: string;
const tunnels: { readonly to: string; readonly authorization: string | undefined }[] = [];

/** A proxy that makes tunnels, as HTTP proxies do. */
beforeEach(async () => {
  for (const name of variables) delete process.env[name];
  tunnels.length = 0;
  server = await startServer(json({ sound: true }));
  proxy = createServer().listen(0, '127.0.0.1');
  proxy.on('connect', (request, client, head) => {
    tunnels.push({ to: request.url!, authorization: request.headers['proxy-authorization'] });
    const [host, port] = request.url!.split(':');
    const target = connect(Number(port), host!, () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      target.write(head);
      target.pipe(client).pipe(target);
    });
    for (const [one, other] of [[target, client] as const, [client, target] as const])
      one.on('error', () => other.destroy()).on('close', () => other.destroy());
  });
  await once(proxy, 'listening');
  address = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
});
afterEach(async () => {
  for (const [name, value] of before) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  proxy.closeAllConnections();
  proxy.close();
  await server.close();
});

const ask = (url = server.url) =>
  tryRequest(
    httpService({ origin: 'test', kind: testKind, url, timeoutMs: 10_000 }),
    { path: '/ask', body: { input: 'x' } },
    [],
    new AbortController().signal,
  );
const failureOf = (asking: Promise<unknown>) =>
  asking.then(() => undefined).catch((reason: unknown) => reason);

test.each(['HTTP_PROXY', 'http_proxy'])('a request goes through %s, with its password', async (name) => {
  process.env[name] = `http://me:secret@${address}`;
  await ask();
  const authorization = `Basic ${Buffer.from('me:secret').toString('base64')}`;
  expect(tunnels).toEqual([{ to: new URL(server.url).host, authorization }]);
  expect(server.seen).toHaveLength(1);
});

test('an https address goes through HTTPS_PROXY', async () => {
  process.env['HTTPS_PROXY'] = `http://${address}`;
  await failureOf(ask(server.url.replace('http:', 'https:')));
  expect(tunnels).toMatchObject([{ to: new URL(server.url).host }]);
});

test('NO_PROXY goes around it, and no variable means no proxy', async () => {
  process.env['HTTP_PROXY'] = `http://${address}`;
  process.env['NO_PROXY'] = 'localhost,127.0.0.1';
  await ask();
  delete process.env['HTTP_PROXY'];
  delete process.env['NO_PROXY'];
  await ask();
  expect(tunnels).toEqual([]);
  expect(server.seen).toHaveLength(2);
});

test('a proxy that is not there is told without its password', async () => {
  process.env['HTTP_PROXY'] = 'http://me:secret@127.0.0.1:9';
  const failure = await failureOf(ask());
  expect(failure).toMatchObject({ error: { code: 'reranker-unreachable' }, mayRetry: true });
  expect(everythingOf(failure)).toMatch(/ECONNREFUSED/);
  expect(everythingOf(failure)).not.toMatch(/secret|bWU6c2Vj/);
});

test.each(['proxy:3128:9', 'socks5://me:secret@proxy', 'http://'])('%j is no proxy', async (value) => {
  process.env['HTTPS_PROXY'] = value;
  const failure = await failureOf(ask());
  expect(failure).toMatchObject({
    code: 'invalid-config',
    problem: expect.stringMatching(/HTTPS_PROXY is not/),
  });
  expect(everythingOf(failure)).not.toContain('secret');
});

test('a connection is used for a minute, so that a balancer can send a busy caller to another instance', async () => {
  const clock = jest.spyOn(Date, 'now');
  try {
    const start = Date.now();
    const connectionsAfter = async (seconds: number) => {
      clock.mockReturnValue(start + seconds * 1000);
      await ask();
      return server.connections();
    };
    // A connection takes a moment after its answer before it takes the next request, so that there may be two.
    for (let turn = 0; turn < 5; turn += 1) await connectionsAfter(0);
    const first = server.connections();
    expect(await connectionsAfter(59)).toBe(first);
    expect(await connectionsAfter(62)).toBe(first + 1);
  } finally {
    clock.mockRestore();
  }
});
