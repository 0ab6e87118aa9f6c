import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { FaultContext } from './fake-hub.ts';
import { json } from './hub-answers.ts';
import { partOf, useFaults } from './hub-faults.ts';
import { name, tinyBert, useHub } from './hub-fixture.ts';
import { sha256 } from './model-files.ts';

const fixture = useHub();
const { onCdn, onHub, half, halfThen } = useFaults(fixture);
const graph = tinyBert['onnx/model.onnx']!;
const blobs = () => join(fixture.settings.cacheDirectory, 'models--someone--tiny-bert', 'blobs');
const part = () => partOf(fixture);
const graphBlob = () => join(blobs(), sha256(graph));
const fromCdn = () => fixture.hub.served.filter(({ where }) => where === 'cdn');

describe('a download that breaks off', () => {
  test.each([
    ['a connection that is cut', halfThen('destroy')],
    ['a body that stalls', halfThen('wait')],
    [
      'an answer that ends early',
      ({ response }: FaultContext) => response.writeHead(200).end(graph.subarray(0, half)),
    ],
  ])('goes on from where it stopped: %s', async (_, fault) => {
    onCdn(1, fault);
    await fixture.add(name, { settings: { ...fixture.settings, stallTimeoutMs: 1500 } });
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
    await expect(fixture.add(name, { settings })).rejects.toThrow(/stalled.*in 3 attempts/);
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
