import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { type Fault, fail, json, sha256 } from './fake-hub.ts';
import { name, tinyBert, token, useHub } from './hub-fixture.ts';

const fixture = useHub();
const graph = tinyBert['onnx/model.onnx']!;
const blobs = () => join(fixture.settings.cacheDirectory, 'models--someone--tiny-bert', 'blobs');
const part = () => join(blobs(), `${sha256(graph)}.secondpass.incomplete`);
const graphBlob = () => join(blobs(), sha256(graph));
const fromCdn = () => fixture.hub.served.filter(({ where }) => where === 'cdn');

/** The first `times` requests to the CDN meet a fault. */
function onCdn(times: number, fault: (context: Parameters<Fault>[0]) => void): void {
  let left = times;
  fixture.hub.faults.push((context) => {
    if (context.where !== 'cdn' || left === 0) return false;
    left -= 1;
    fault(context);
    return true;
  });
}

function onHub(pattern: RegExp, fault: (context: Parameters<Fault>[0]) => void): void {
  fixture.hub.faults.push((context) => {
    if (context.where !== 'hub' || !pattern.test(context.url)) return false;
    fault(context);
    return true;
  });
}

const half = Math.floor(graph.length / 2);
const halfThen = (end: 'destroy' | 'wait') => (context: Parameters<Fault>[0]) => {
  context.response.writeHead(200, { 'content-length': graph.length });
  context.response.write(graph.subarray(0, half), () => end === 'destroy' && context.response.destroy());
};

describe('a download that breaks off', () => {
  test.each([
    ['a connection that is cut', halfThen('destroy')],
    ['a body that stalls', halfThen('wait')],
    [
      'an answer that ends early',
      ({ response }: Parameters<Fault>[0]) => response.writeHead(200).end(graph.subarray(0, half)),
    ],
  ])('goes on from where it stopped: %s', async (_, fault) => {
    onCdn(1, fault);
    await fixture.add(name, { settings: { ...fixture.settings, stallTimeoutMs: 500 } });
    expect(readFileSync(graphBlob())).toEqual(graph);
    expect(fromCdn().map(({ headers }) => headers.range)).toEqual([undefined, `bytes=${half}-`]);
    expect(existsSync(part())).toBe(false);
  });

  test('goes on from what an earlier process left, and starts anew when that was something else', async () => {
    mkdirSync(blobs(), { recursive: true });
    writeFileSync(part(), graph.subarray(0, 1000));
    await fixture.add();
    expect(fromCdn().map(({ headers }) => headers.range)).toEqual(['bytes=1000-']);
  });

  test.each([
    ['other bytes', Buffer.alloc(1000)],
    ['too many bytes', Buffer.alloc(graph.length + 1)],
  ])('starts anew when what was left is %s', async (_, left) => {
    mkdirSync(blobs(), { recursive: true });
    writeFileSync(part(), left);
    await fixture.add();
    expect(readFileSync(graphBlob())).toEqual(graph);
  });

  test('starts anew where the server knows no ranges', async () => {
    mkdirSync(blobs(), { recursive: true });
    writeFileSync(part(), Buffer.alloc(1000));
    onCdn(9, ({ response }) => response.writeHead(200).end(graph));
    await fixture.add();
    expect(fromCdn().length).toBe(1);
    expect(readFileSync(graphBlob())).toEqual(graph);
  });

  test('gives a trickle up after some attempts', async () => {
    onCdn(99, ({ response }) => {
      response.writeHead(200, { 'content-length': graph.length });
      const timer = setInterval(() => response.write('x'), 5);
      response.on('close', () => clearInterval(timer));
    });
    const settings = { ...fixture.settings, stallTimeoutMs: 100, retries: 2 };
    await expect(fixture.add(name, { settings })).rejects.toThrow(/stalled.*3 times/);
    expect(existsSync(fixture.lockFile)).toBe(false);
  });

  test('an abort rejects with its reason and keeps what has come', async () => {
    const controller = new AbortController();
    const reason = new Error('the reader has had enough');
    onCdn(1, halfThen('wait'));
    const onProgress = ({ file, doneBytes }: { file: string; doneBytes: number }) =>
      file === 'onnx/model.onnx' && doneBytes >= half && controller.abort(reason);
    await expect(fixture.add(name, { signal: controller.signal, onProgress })).rejects.toBe(reason);
    await fixture.add();
    expect(fromCdn().at(-1)!.headers.range).toMatch(/^bytes=[1-9]/);
  });
});

describe('content that is not what the hub states', () => {
  test.each([
    ['altered', () => Buffer.concat([Buffer.from('x'), graph.subarray(1)]), /its digest is not/],
    ['too long', () => Buffer.concat([graph, graph]), /More arrived than/],
  ])('is not kept: %s', async (_, content, message) => {
    onCdn(99, ({ response }) => response.writeHead(200).end(content()));
    await expect(fixture.add()).rejects.toMatchObject({
      code: 'model-damaged',
      problem: expect.stringMatching(message),
    });
    expect(existsSync(graphBlob())).toBe(false);
    expect(existsSync(fixture.lockFile)).toBe(false);
  });

  test('a small file is held to the digest of git', async () => {
    onHub(/resolve.*config\.json$/, ({ response, content }) =>
      response.writeHead(200).end(content.toString().replace('{', '[')),
    );
    await expect(fixture.add()).rejects.toMatchObject({ code: 'model-damaged' });
  });

  test.each(['../../x', '/etc/x', 'onnx/../../../x', 'C:/x', '..\\x', '', 'a//b', 'a/./b', 'a\u0000b'])(
    'a path that leaves the cache ends it: %j',
    async (path) => {
      onHub(/tree/, ({ response }) => json(response, [{ type: 'file', path, size: 1, oid: '0'.repeat(40) }]));
      await expect(fixture.add()).rejects.toMatchObject({ code: 'model-damaged' });
      expect(readdirSync(fixture.folder)).toEqual(['huggingface']);
      expect(existsSync(blobs())).toBe(false);
    },
  );

  test('a link in the cache that leads out of it is not written through', async () => {
    const outside = join(fixture.folder, 'outside');
    const snapshot = join(blobs(), '..', 'snapshots', fixture.commit);
    mkdirSync(outside);
    mkdirSync(snapshot, { recursive: true });
    symlinkSync(outside, join(snapshot, 'onnx'));
    await expect(fixture.add()).rejects.toMatchObject({ code: 'model-cache-failed' });
    expect(readdirSync(outside)).toEqual([]);
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
      (context: Parameters<Fault>[0]) => context.response.end('<html>Log in'),
      /does not speak as a hub/,
    ],
    [
      'a redirect in a circle',
      (context: Parameters<Fault>[0]) => context.response.writeHead(307, { location: context.url }).end(),
      /redirects/,
    ],
    [
      'a redirect to a file',
      (context: Parameters<Fault>[0]) =>
        context.response.writeHead(307, { location: 'file:///etc/passwd' }).end(),
      /not a plain http/,
    ],
    [
      'a list that goes on elsewhere',
      ({ response, url }: Parameters<Fault>[0]) => {
        if (url.includes('tree')) response.setHeader('link', `<${fixture.hub.cdn}/more>; rel="next"`);
        json(response, url.includes('tree') ? [] : { sha: fixture.commit });
      },
      /goes on at/,
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

const linux = process.platform === 'linux' ? test : test.skip;
linux('a full disk is named, and nothing is pinned', async () => {
  mkdirSync(blobs(), { recursive: true });
  symlinkSync('/dev/full', part());
  await expect(fixture.add()).rejects.toMatchObject({
    code: 'model-cache-failed',
    problem: expect.stringMatching(/ENOSPC/),
  });
  expect(existsSync(graphBlob())).toBe(false);
  expect(existsSync(fixture.lockFile)).toBe(false);
});
