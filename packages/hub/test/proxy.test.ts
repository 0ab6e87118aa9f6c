import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { readHubSettings } from '../src/hub-settings.ts';
import { name, useHub } from './hub-fixture.ts';

const fixture = useHub();
let proxy: Server;
let address: string;
const tunnels: { readonly to: string; readonly authorization: string | undefined }[] = [];

beforeEach(async () => {
  tunnels.length = 0;
  proxy = createServer().listen(0, '127.0.0.1');
  proxy.on('connect', (request, client, head) => {
    tunnels.push({ to: request.url!, authorization: request.headers['proxy-authorization'] });
    const [host, port] = request.url!.split(':');
    const server = connect(Number(port), host!, () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      server.write(head);
      server.pipe(client).pipe(server);
    });
    for (const [one, other] of [[server, client] as const, [client, server] as const])
      one.on('error', () => other.destroy()).on('close', () => other.destroy());
  });
  await once(proxy, 'listening');
  address = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
});
afterEach(() => {
  proxy.closeAllConnections();
  proxy.close();
});

const withProxy = async (variables: Record<string, string>) =>
  readHubSettings(variables, {
    endpoint: fixture.hub.endpoint,
    cacheDirectory: fixture.settings.cacheDirectory,
    backoffMs: 1,
    retries: 1,
  });

test('everything goes through the proxy, the CDN too, with its password', async () => {
  await fixture.add(name, { settings: await withProxy({ http_proxy: `http://me:secret@${address}` }) });
  const hosts = new Set(tunnels.map(({ to }) => `http://${to}`));
  expect([...hosts].sort()).toEqual([fixture.hub.endpoint, fixture.hub.cdn].sort());
  const basic = `Basic ${Buffer.from('me:secret').toString('base64')}`;
  expect(tunnels.every(({ authorization }) => authorization === basic)).toBe(true);
});

test('NO_PROXY goes around it', async () => {
  await fixture.add(name, {
    settings: await withProxy({ HTTP_PROXY: `http://${address}`, NO_PROXY: '127.0.0.1' }),
  });
  expect(tunnels).toEqual([]);
});

test('a proxy that is not there is named as unreachable, without its password', async () => {
  const settings = await withProxy({ HTTP_PROXY: 'http://me:secret@127.0.0.1:9' });
  const failure = await fixture.add(name, { settings }).catch((error) => error);
  expect(failure).toMatchObject({ code: 'hub-unreachable', problem: expect.stringMatching(/ECONNREFUSED/) });
  expect(failure.message).not.toMatch(/secret/);
});
