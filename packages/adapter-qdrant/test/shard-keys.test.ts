import { afterEach, describe, expect, test } from '@jest/globals';
import type { StoredDocument } from '@secondpass/core';
import { type QdrantWriterOptions, qdrantSource, qdrantWriter } from '../src/index.ts';
import { doubleOfQdrant } from './qdrant-double.ts';

let opened: { close(): Promise<void> } | undefined;
afterEach(() => opened?.close());

const document = (id: string, owner: string, x = 1): StoredDocument => ({
  id,
  text: `Passage ${id}.`,
  vector: Float32Array.of(x, 1),
  payload: { owner },
  digest: `${owner}${x}`,
});
const query = { text: 'any', vector: Float32Array.of(1, 0) };

async function open(shardKey: QdrantWriterOptions['shardKey'], before?: (path: string) => boolean) {
  const fail = (_: string, path: string, body: Readonly<Record<string, unknown>>) =>
    before?.(`${path} ${JSON.stringify(body['shard_key'])}`) ? ([500, 'no space left'] as const) : undefined;
  const double = await doubleOfQdrant({ before: fail });
  opened = double.server;
  const options = {
    client: double.client,
    collection: 'double',
    tenantField: 'owner',
    ...(shardKey && { shardKey }),
  };
  const writer = qdrantWriter({ ...options, metric: 'inner-product' });
  await writer.prepare({ dimensions: 2 });
  const places = () =>
    [...double.points.values()].map(({ shard_key, payload }) => [
      shard_key,
      (payload['secondpass'] as { id: string }).id,
    ]);
  const source = qdrantSource(options);
  const found = async (tenant: string) =>
    (await source.search({ query, depth: 10, tenant })).map(({ id }) => id);
  return { double, writer, source, found, places, options };
}

describe('the tenant is the key', () => {
  test('each has shards of its own, which are made with its first document', async () => {
    const { double, writer, source, found, places } = await open('tenant');
    expect(double.created()).toMatchObject({ sharding_method: 'custom' });
    await writer.write([document('a', 'acme'), document('b', 'bolt'), document('c', 'acme')]);
    await writer.finish();
    expect(places()).toEqual([
      ['acme', 'a'],
      ['acme', 'c'],
      ['bolt', 'b'],
    ]);
    expect(await found('acme')).toEqual(['a', 'c']);
    expect(await found('bolt')).toEqual(['b']);
    expect(double.requests.findLast(({ path }) => path.endsWith('/query'))?.body).toMatchObject({
      shard_key: 'bolt',
      filter: { must: [{ match: { value: 'bolt' } }] },
    });
    // No documents, so no shards.
    expect(await found('none')).toEqual([]);
    expect(await source.fetch!({ ids: ['a'], tenant: 'none' })).toEqual([]);
    expect((await source.fetch!({ ids: ['a', 'b'], tenant: 'acme' })).map(({ id }) => id)).toEqual(['a']);
    expect(await writer.count()).toBe(3);
    expect(await writer.storedDigests(['a', 'b'])).toEqual(
      new Map([
        ['a', 'acme1'],
        ['b', 'bolt1'],
      ]),
    );
    expect(await writer.delete(['a', 'b', 'none'])).toBe(2);
    expect(places()).toEqual([['acme', 'c']]);
  });

  test('a document that changes its tenant moves, and is in one place', async () => {
    const { writer, places } = await open('tenant');
    await writer.write([document('a', 'acme'), document('b', 'bolt')]);
    await writer.write([document('a', 'bolt', 2)]);
    expect(places()).toEqual([
      ['bolt', 'b'],
      ['bolt', 'a'],
    ]);
    expect(await writer.storedDigests(['a'])).toEqual(new Map([['a', 'bolt2']]));
  });

  test('of a batch that one tenant’s shards refuse, nothing is stored', async () => {
    let broken = false;
    const { double, writer } = await open(
      'tenant',
      (asked) => broken && asked === '/collections/double/points "bolt"',
    );
    await writer.write([document('a', 'acme'), document('b', 'bolt')]);
    const before = [...double.points.values()];
    broken = true;
    const batch = [document('a', 'acme', 5), document('c', 'acme'), document('b', 'bolt', 5)];
    await expect(writer.write(batch)).rejects.toMatchObject({ code: 'source-failed' });
    expect([...double.points.values()]).toEqual(before);
  });
});

test('tenants without shards of their own share those of the fallback', async () => {
  const { double, writer, found, places } = await open({ fallback: 'shared' });
  await double.client.api().createShardKey({ collection_name: 'double', shard_key: 'large' });
  await writer.write([document('a', 'small'), document('b', 'large'), document('c', 'tiny')]);
  await writer.finish();
  expect(places()).toEqual([
    ['shared', 'a'],
    ['large', 'b'],
    ['shared', 'c'],
  ]);
  expect(await found('large')).toEqual(['b']);
  expect(double.requests.findLast(({ path }) => path.endsWith('/query'))?.body['shard_key']).toEqual({
    target: 'large',
    fallback: 'shared',
  });
  await writer.write([document('a', 'large')]);
  await writer.write([document('b', 'small')]);
  expect(places()).toEqual([
    ['shared', 'c'],
    ['large', 'a'],
    ['shared', 'b'],
  ]);
});

test('a collection that is sharded otherwise is refused, by the source and by the writer', async () => {
  const { options, writer } = await open('tenant');
  await writer.write([document('a', 'acme')]);
  await writer.finish();
  const { shardKey: _, ...without } = options;
  const told = { code: 'invalid-options', path: ['shardKey'] };
  const plain = qdrantWriter({ ...without, metric: 'inner-product' });
  await expect(plain.prepare({ dimensions: 2 })).rejects.toMatchObject(told);
  await opened!.close();
  const other = await open(undefined);
  await other.writer.write([document('a', 'acme')]);
  await other.writer.finish();
  const keyed = { ...other.options, shardKey: 'tenant' as const };
  await expect(qdrantSource(keyed).search({ query, depth: 1, tenant: 'acme' })).rejects.toMatchObject(told);
  await expect(
    qdrantWriter({ ...keyed, metric: 'inner-product' }).prepare({ dimensions: 2 }),
  ).rejects.toMatchObject(told);
});

test('what a cluster is asked: copies and shards at creation, replicas per read, order of writes', async () => {
  const double = await doubleOfQdrant();
  opened = double.server;
  const shared = { client: double.client, collection: 'double', consistency: 'majority' as const };
  const writer = qdrantWriter({
    ...shared,
    metric: 'inner-product',
    ordering: 'strong',
    payloadIndexes: { year: 'number' },
    cluster: {
      shardNumber: 6,
      replicationFactor: 2,
      writeConsistencyFactor: 2,
      readFanOutFactor: 1,
      readFanOutDelayMs: 20,
    },
  });
  await writer.prepare({ dimensions: 2 });
  expect(double.created()).toMatchObject({
    shard_number: 6,
    replication_factor: 2,
    write_consistency_factor: 2,
  });
  const patched = double.requests.find(({ method, body }) => method === 'PATCH' && 'params' in body);
  expect(patched?.body).toEqual({ params: { read_fan_out_factor: 1, read_fan_out_delay_ms: 20 } });
  await writer.write([document('a', 'acme')]);
  await writer.storedDigests(['a']);
  await writer.finish();
  const source = qdrantSource(shared);
  await source.search({ query, depth: 1 });
  await source.fetch!({ ids: ['a'] });
  await writer.delete(['a']);
  const asked = (path: RegExp) => double.requests.findLast((request) => path.test(request.path))?.asked;
  expect(asked(/\/points\/query$/)).toMatchObject({ consistency: 'majority' });
  expect(asked(/\/points\/scroll$/)).toEqual({ consistency: 'majority' });
  expect(asked(/\/points$/)).toEqual({ consistency: 'majority' });
  const put = double.requests.filter(({ method, path }) => method === 'PUT' && path.includes('double/'));
  expect(put.map((request) => request.asked)).toEqual([
    { ordering: 'strong', wait: 'true' },
    { ordering: 'strong', wait: 'true' },
  ]);
  expect(asked(/\/points\/delete$/)).toEqual({ ordering: 'strong', wait: 'true' });
});
