import { createServer } from 'node:net';
import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { readHubSettings } from '../src/hub-settings.ts';
import type { FaultContext } from './fake-hub.ts';
import { fail, json } from './hub-answers.ts';
import { useFaults } from './hub-faults.ts';
import { name, token, useHub } from './hub-fixture.ts';

const fixture = useHub();
const { onCdn, onHub, halfThen } = useFaults(fixture);

test('a server that repeats a request as something else than HTTP is asked once, and shows no token', async () => {
  let asked = 0;
  const echo = createServer((socket) => {
    asked += 1;
    socket.on('error', () => undefined);
    socket.once('data', (request) => socket.end(request));
  });
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(echo.address() as { port: number }).port}`;
  const settings = await readHubSettings({ HF_TOKEN: token }, { ...fixture.settings, endpoint, token });
  const error = await fixture.add(name, { settings }).catch((reason: unknown) => reason);
  await new Promise((resolve) => echo.close(resolve));
  expect(error).toMatchObject({
    code: 'hub-unreachable',
    problem: expect.stringMatching(/does not speak HTTP/),
  });
  expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(token);
  expect(asked).toBe(1);
});

test.each(['HTTPS_PROXY', 'http_proxy'])('a malformed %s is named, without its value', async (variable) => {
  const reading = readHubSettings({ [variable]: 'me:s3cret@proxy' });
  await expect(reading).rejects.toMatchObject({
    code: 'invalid-options',
    message: expect.not.stringContaining('s3cret'),
    problem: expect.stringContaining(variable.toUpperCase()),
  });
});

describe('a hub that refuses or is busy', () => {
  test.each([
    ['gated', 403, 'GatedRepo', 'hub-refused', /gated/],
    ['private', 401, 'RepoNotFound', 'model-not-found', /private/],
    ['a bad token', 401, '', 'hub-refused', /token is not accepted/],
    ['absent', 404, 'RepoNotFound', 'model-not-found', /There is no model/],
    ['another revision', 404, 'RevisionNotFound', 'model-not-found', /no such revision/],
    ['forbidden', 403, '', 'hub-refused', /refuses/],
  ])('is not asked twice: %s', async (_, status, errorCode, code, message) => {
    onHub(/revision/, ({ response }) => fail(response, status, errorCode));
    await expect(fixture.add()).rejects.toMatchObject({ code, problem: expect.stringMatching(message) });
    expect(fixture.hub.served.length).toBe(1);
  });

  test('is waited for as long as it says', async () => {
    let busy = 1;
    onHub(/revision/, ({ response, url }) =>
      busy-- > 0
        ? fail(response, 429, '', { 'retry-after': '1' })
        : json(response, { sha: fixture.commit, url }),
    );
    const begin = performance.now();
    await fixture.add();
    expect(performance.now() - begin).toBeGreaterThan(990);
  });

  test('is not waited for when it says an hour', async () => {
    onHub(/revision/, ({ response }) => fail(response, 429, '', { 'retry-after': '3600' }));
    await expect(fixture.add()).rejects.toThrow(/429.*Try again in 3600 s/);
    expect(fixture.hub.served.length).toBe(1);
  });

  test('is tried some times, no more', async () => {
    onHub(/revision/, ({ response }) => fail(response, 503, ''));
    await expect(fixture.add()).rejects.toMatchObject({ code: 'hub-unreachable' });
    expect(fixture.hub.served.length).toBe(1 + fixture.settings.retries);
  });

  test('a link of the CDN that has expired is asked for anew', async () => {
    onCdn(1, ({ response }) => fail(response, 403, ''));
    await fixture.add();
    expect(fixture.hub.countServed(/^hub.*resolve.*model\.onnx/)).toBe(2);
  });

  test.each([
    [
      'a page of HTML',
      (context: FaultContext) => context.response.end('<html>Log in'),
      /does not answer like a hub/,
    ],
    [
      'a redirect in a circle',
      (context: FaultContext) => context.response.writeHead(307, { location: context.url }).end(),
      /redirects/,
    ],
    [
      'a redirect to a file',
      (context: FaultContext) => context.response.writeHead(307, { location: 'file:///etc/passwd' }).end(),
      /not a plain http/,
    ],
    [
      'a list that goes on elsewhere',
      ({ response, url }: FaultContext) => {
        if (url.includes('tree')) response.setHeader('link', `<${fixture.hub.cdn}/more>; rel="next"`);
        json(response, url.includes('tree') ? [] : { sha: fixture.commit });
      },
      /continues on/,
    ],
  ])('an answer of another kind is named: %s', async (_, fault, message) => {
    onHub(/revision|tree/, fault);
    await expect(fixture.add()).rejects.toMatchObject({
      code: 'hub-unreachable',
      problem: expect.stringMatching(message),
    });
  });

  test('a model that has moved is found, with the token', async () => {
    onHub(/^\/someone\/tiny-bert\/resolve/, ({ response, url }) =>
      response.writeHead(307, { location: url.replace('tiny-bert', 'renamed') }).end(),
    );
    fixture.hub.models['someone/renamed'] = fixture.hub.models[name]!;
    await fixture.add();
    const moved = fixture.hub.served.filter(({ url }) => url.includes('/renamed/'));
    expect(moved.every(({ headers }) => headers.authorization === `Bearer ${token}`)).toBe(true);
  });

  test('no failure shows the token or a signed link', async () => {
    const settings = { ...fixture.settings, retries: 0 };
    const failures: unknown[] = [];
    const attempt = async () => failures.push(await fixture.add(name, { settings }).catch((error) => error));
    onCdn(3, ({ response }) => fail(response, 500, ''));
    await attempt();
    fixture.hub.faults.length = 0;
    onCdn(1, halfThen('destroy'));
    await attempt();
    await fixture.hub.close();
    await attempt();
    expect(failures.length).toBe(3);
    for (const failure of failures)
      expect(inspect(failure, { depth: 9, showHidden: true })).not.toMatch(/hf_|signed-link/);
  });
});
