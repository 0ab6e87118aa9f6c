import { describe, expect, test } from '@jest/globals';
import type { StoredDocument } from '@secondpass/core';
import { type QdrantApi, qdrantWriter } from '../src/index.ts';
import { clientOf } from './collection.ts';

const marker = {
  layout: 1,
  whole: false,
  textField: 'text',
  payloadField: 'payload',
  tenantField: null,
  stringOrder: true,
  lexical: null,
};
const info = (status = 'green', noted: object | null = marker, quantization_config?: object) => ({
  data: {
    result: {
      status,
      config: {
        params: { vectors: { size: 2, distance: 'Cosine' } },
        quantization_config,
        metadata: noted && { secondpass: noted },
      },
    },
  },
});
const done = async () => ({ data: { result: true } });
const answered = (status: number, error: string) =>
  Object.assign(new Error(error), { status, data: { status: { error } } });
const document: StoredDocument = { id: 'a', text: 'Text.', vector: Float32Array.of(1, 0), digest: 'd' };

/** Answers calls from a list, and notes them. */
function writerOf(calls: Partial<QdrantApi>, options = {}) {
  const asked: [string, Readonly<Record<string, unknown>>][] = [];
  const noting = Object.entries(calls).map(([name, answer]) => [
    name,
    async (request: Readonly<Record<string, unknown>>) => {
      asked.push([name, request]);
      return answer(request);
    },
  ]);
  const client = clientOf(Object.fromEntries(noting) as Partial<QdrantApi>);
  return { writer: qdrantWriter({ client, collection: 'articles', ...options }), asked };
}

describe('prepare', () => {
  test('creates the collection with all that was asked for', async () => {
    let created = false;
    const { writer, asked } = writerOf(
      {
        getCollection: async () => {
          if (!created) throw answered(404, 'Not found');
          return info(
            'green',
            { ...marker, tenantField: 'owner', lexical: { k1: 1.2, b: 0.75, averageLength: 100 } },
            { scalar: { type: 'int8', always_ram: true } },
          );
        },
        createCollection: async () => {
          created = true;
          return { data: { result: true } };
        },
        createFieldIndex: done,
      },
      {
        tenantField: 'owner',
        lexical: { averageLength: 100 },
        quantize: 'int8',
        index: { m: 8 },
        payloadIndexes: { 'a.b': 'number' },
      },
    );
    await writer.prepare({ dimensions: 2 });
    expect(asked.filter(([name]) => name !== 'getCollection')).toEqual([
      [
        'createCollection',
        {
          collection_name: 'articles',
          vectors: { size: 2, distance: 'Cosine' },
          sparse_vectors: { text: { modifier: 'idf' } },
          hnsw_config: { m: 8 },
          quantization_config: { scalar: { type: 'int8', always_ram: true } },
          metadata: {
            secondpass: {
              ...marker,
              tenantField: 'owner',
              lexical: { k1: 1.2, b: 0.75, averageLength: 100 },
            },
          },
        },
      ],
      [
        'createFieldIndex',
        expect.objectContaining({
          field_name: '"payload"."owner"',
          field_schema: { type: 'keyword', is_tenant: true },
        }),
      ],
      [
        'createFieldIndex',
        expect.objectContaining({ field_name: '"payload"."a"."b"', field_schema: 'float' }),
      ],
    ]);
  });

  test.each([
    [409, 'Wrong input: Collection `articles` already exists!'],
    [400, 'Wrong input: Collection `articles` already exists!'],
  ])('takes what somebody else created meanwhile: %d', async (status, error) => {
    let inspections = 0;
    const { writer } = writerOf({
      getCollection: async () => {
        inspections += 1;
        if (inspections === 1) throw answered(404, 'Not found');
        return info();
      },
      createCollection: async () => {
        throw answered(status, error);
      },
    });
    await writer.prepare({ dimensions: 2 });
  });

  test('leaves nothing behind on a Qdrant that keeps no metadata', async () => {
    let created = false;
    const { writer, asked } = writerOf({
      getCollection: async () => {
        if (!created) throw answered(404, 'Not found');
        return info('green', null);
      },
      createCollection: async () => {
        created = true;
        return { data: { result: true } };
      },
      deleteCollection: done,
    });
    await expect(writer.prepare({ dimensions: 2 })).rejects.toMatchObject({
      code: 'source-failed',
      nextStep: expect.stringContaining('1.16'),
    });
    expect(asked.at(-1)).toEqual(['deleteCollection', { collection_name: 'articles' }]);
  });

  test.each([
    ['invalid-options', null, {}],
    ['invalid-options', marker, { metric: 'l2' }],
    ['invalid-options', marker, { tenantField: 'owner' }],
    ['invalid-options', marker, { lexical: true }],
    ['source-not-found', marker, { vectorName: 'dense' }],
  ] as const)('refuses a collection that is not one of its own: %s %j %j', async (code, noted, options) => {
    const { writer } = writerOf({ getCollection: async () => info('green', noted) }, options);
    await expect(writer.prepare({ dimensions: 2 })).rejects.toMatchObject({ code });
  });
});

describe('write', () => {
  test('is one request that waits, and is not sent when aborted before', async () => {
    const { writer, asked } = writerOf({ getCollection: async () => info(), upsertPoints: done });
    await writer.write([document, { ...document, id: 'b' }]);
    expect(asked.at(-1)).toEqual([
      'upsertPoints',
      { collection_name: 'articles', wait: true, points: [expect.anything(), expect.anything()] },
    ]);
    const controller = new AbortController();
    const write = writer.write([document], { signal: controller.signal });
    controller.abort();
    await expect(write).rejects.toBe(controller.signal.reason);
    expect(asked.filter(([name]) => name === 'upsertPoints')).toHaveLength(1);
  });

  test('is carried through once it has been sent', async () => {
    const controller = new AbortController();
    const { writer } = writerOf({
      getCollection: async () => info(),
      upsertPoints: async () => {
        controller.abort();
        await new Promise((resolve) => setTimeout(resolve, 20));
        return { data: { result: true } };
      },
    });
    await expect(writer.write([document], { signal: controller.signal })).resolves.toBeUndefined();
  });
});

describe('finish', () => {
  test('waits for the index, starts what nobody began, and then marks the filling as whole', async () => {
    const statuses = ['green', 'gray', 'gray', 'yellow', 'green'];
    const { writer, asked } = writerOf({
      getCollection: async () => info(statuses.shift()),
      updateCollection: done,
    });
    await writer.finish();
    expect(statuses).toEqual([]);
    expect(asked.filter(([name]) => name === 'updateCollection')).toEqual([
      ['updateCollection', { collection_name: 'articles', optimizers_config: {} }],
      [
        'updateCollection',
        { collection_name: 'articles', metadata: { secondpass: { ...marker, whole: true } } },
      ],
    ]);
  });

  test('gives up after finishTimeoutMs, when told to, and when Qdrant is in trouble', async () => {
    const never = writerOf({ getCollection: async () => info('yellow') }, { finishTimeoutMs: 1 });
    await expect(never.writer.finish()).rejects.toMatchObject({ code: 'deadline-exceeded' });
    const controller = new AbortController();
    const aborted = writerOf({ getCollection: async () => info('yellow') }).writer.finish({
      signal: controller.signal,
    });
    const reason = new Error('Enough.');
    setTimeout(() => controller.abort(reason), 60);
    await expect(aborted).rejects.toBe(reason);
    const red = writerOf({ getCollection: async () => info('red') });
    await expect(red.writer.finish()).rejects.toMatchObject({ code: 'source-failed' });
  });
});
