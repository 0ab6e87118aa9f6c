import { afterEach, expect, test } from '@jest/globals';
import type { StoredDocument } from '@secondpass/core';
import { qdrantWriter } from '../src/index.ts';
import { pointId } from '../src/point-id.ts';
import { type DoubleSettings, doubleOfQdrant } from './qdrant-double.ts';

let opened: { close(): Promise<void> } | undefined;
afterEach(() => opened?.close());

async function prepared(settings: DoubleSettings = {}) {
  const double = await doubleOfQdrant(settings);
  opened = double.server;
  const writer = qdrantWriter({ client: double.client, collection: 'double' });
  await writer.prepare({ dimensions: 2 });
  const written = () =>
    double.requests.filter(({ method, path }) => method === 'PUT' && path.endsWith('/points'));
  return { ...double, writer, written };
}

/** Documents with a megabyte of payload each. */
const large = (from: number, to: number, digest = 'd'): StoredDocument[] =>
  Array.from({ length: to - from }, (_, index) => ({
    id: `document ${from + index}`,
    text: 'Text.',
    vector: Float32Array.of(0.1, 1),
    digest,
    payload: { blob: 'x'.repeat(1_000_000) },
  }));

test('64 documents of 1 MB are stored, in requests that Qdrant takes', async () => {
  const { writer, points, written } = await prepared();
  await writer.write(large(0, 64));
  expect(points.size).toBe(64);
  expect(written().length).toBeGreaterThan(7);
  expect(Math.max(...written().map(({ bytes }) => bytes))).toBeLessThan(9_000_000);
  expect(points.get(pointId('document 63'))!.vector).toEqual([0.1, 1]);
});

test('what fits is one request, and nothing is asked before it', async () => {
  const { writer, requests } = await prepared();
  const before = requests.length;
  await writer.write(large(0, 7));
  expect(requests.slice(before).map(({ method, path }) => `${method} ${path}`)).toEqual([
    'PUT /collections/double/points',
  ]);
});

test('25,000 documents are deleted in requests of 10,000', async () => {
  const { writer, points, requests } = await prepared();
  const ids = Array.from({ length: 25_000 }, (_, index) => `document ${index}`);
  for (const id of ids) points.set(pointId(id), { id: pointId(id), vector: [1, 0], payload: {} });
  expect(await writer.delete(ids)).toBe(25_000);
  expect(points.size).toBe(0);
  const deletions = requests.filter(({ path }) => path.endsWith('/delete'));
  expect(deletions.map(({ body }) => (body['points'] as unknown[]).length)).toEqual([10_000, 10_000, 5000]);
});

test('a server that takes less gets less', async () => {
  const { writer, points } = await prepared({ maxRequestMb: 3 });
  await writer.write(large(0, 7));
  expect(points.size).toBe(7);
});

test('a document that no request takes is named, and what was sent before it is taken back', async () => {
  const { writer, points } = await prepared({ maxRequestMb: 3 });
  await writer.write(large(2, 3, 'old'));
  const huge = { ...large(99, 100)[0]!, payload: { blob: 'x'.repeat(4_000_000) } };
  await expect(writer.write([...large(0, 7), huge])).rejects.toMatchObject({
    code: 'invalid-document',
    problem: expect.stringContaining('"document 99"'),
    nextStep: expect.stringContaining('max_request_size_mb'),
  });
  expect([...points.keys()]).toEqual([pointId('document 2')]);
  expect(await writer.storedDigests(['document 2'])).toEqual(new Map([['document 2', 'old']]));
});

test('when a later request fails, the earlier ones are taken back', async () => {
  let sent = 0;
  const failing = { status: 500 };
  const { writer, points } = await prepared({
    before: (method, path) => {
      if (method !== 'PUT' || !path.endsWith('/points')) return undefined;
      sent += 1;
      return sent === 3 ? [failing.status, 'Service internal error: disk'] : undefined;
    },
  });
  await writer.write(large(0, 2, 'old'));
  await expect(writer.write(large(0, 20, 'new'))).rejects.toMatchObject({ code: 'source-failed' });
  expect(points.size).toBe(2);
  expect(await writer.storedDigests(['document 0', 'document 9'])).toEqual(new Map([['document 0', 'old']]));
});

test('where they cannot be taken back, the error says so', async () => {
  let sent = 0;
  const { writer } = await prepared({
    before: (method, path) => {
      if (path.endsWith('/delete')) return [500, 'Service internal error: disk'];
      if (method !== 'PUT' || !path.endsWith('/points')) return undefined;
      sent += 1;
      return sent === 2 ? [500, 'Service internal error: disk'] : undefined;
    },
  });
  await expect(writer.write(large(0, 20))).rejects.toMatchObject({
    code: 'source-failed',
    nextStep: expect.stringContaining('Some of the documents may be stored'),
  });
});
