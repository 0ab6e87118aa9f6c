import { afterEach, describe, expect, test } from '@jest/globals';
import type { StoredDocument } from '@secondpass/core';
import { type QdrantSourceOptions, qdrantSource, qdrantWriter } from '../src/index.ts';
import { doubleOfQdrant } from './qdrant-double.ts';

let opened: { close(): Promise<void> } | undefined;
afterEach(() => opened?.close());

const dimensions = 64;
const documents = Array.from({ length: 400 }, (_, index): StoredDocument => {
  const center = index % 20;
  // Sines of steps that no period fits: as scattered as random numbers, and the same in every run.
  const number = (at: number) =>
    Math.sin((center + 1) * (at + 1) * 7.13) + 0.7 * Math.sin((index + 2) * (at + 3) * 3.71);
  const vector = Float32Array.from({ length: dimensions }, (_, at) => number(at));
  return { id: `${index}`, text: `Passage ${index}.`, vector, digest: 'd' };
});

const scoreOf = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, at) => sum + value * b[at]!, 0);

/** A collection on the double, which searches by the smaller vectors as Qdrant does. */
async function filled(quantize: 'int8' | 'binary' | undefined, strictMode: object = {}) {
  const double = await doubleOfQdrant({ strictMode: () => ({ enabled: true, ...strictMode }) });
  opened = double.server;
  const shared = { client: double.client, collection: 'double' };
  const written = { ...shared, metric: 'inner-product' as const, ...(quantize && { quantize }) };
  const writer = qdrantWriter(written);
  await writer.prepare({ dimensions });
  await writer.write(documents);
  await writer.finish();
  const open = (options: Partial<QdrantSourceOptions> = {}) => qdrantSource({ ...shared, ...options });
  const params = () => double.requests.findLast(({ path }) => path.endsWith('/query'))?.body['params'];
  return { double, open, params, shared };
}

describe.each(['int8', 'binary'] as const)('%s', (quantize) => {
  test('the best ten are found, with the scores of the vectors themselves', async () => {
    const { double, open } = await filled(quantize);
    expect(Object.keys(double.created()!['quantization_config'] as object)).toEqual([
      quantize === 'int8' ? 'scalar' : 'binary',
    ]);
    const source = open({ quantize });
    let found = 0;
    for (const { text, vector } of documents.slice(0, 20)) {
      const scores = documents.map((document) => ({ ...document, score: scoreOf(vector, document.vector) }));
      const best = scores.sort((a, b) => b.score - a.score).slice(0, 10);
      const candidates = await source.search({ query: { text, vector }, depth: 10 });
      for (const { id, score } of candidates)
        expect(score).toBeCloseTo(scores.find((one) => one.id === id)!.score, 4);
      const ids = new Set(candidates.map(({ id }) => id));
      found += best.filter(({ id }) => ids.has(id)).length;
    }
    expect(found / 200).toBeGreaterThanOrEqual(0.95);
  });

  test('says to Qdrant how many to compare again', async () => {
    const { open, params } = await filled(quantize);
    const [query] = documents;
    const asked = async (depth: number, oversample?: number) => {
      await open(oversample === undefined ? {} : { oversample }).search({ query: query!, depth });
      return (params() as { quantization?: unknown }).quantization;
    };
    expect(await asked(100)).toEqual({ rescore: true, oversampling: quantize === 'int8' ? 2 : 4 });
    expect(await asked(10)).toEqual({ rescore: true, oversampling: 10 });
    expect(await asked(200, 3)).toEqual({ rescore: true, oversampling: 3 });
    await open({ exact: true }).search({ query: query!, depth: 10 });
    expect(params()).toEqual({ exact: true });
  });
});

test('compares as many again as strict mode allows', async () => {
  const { open, params } = await filled('binary', { search_max_oversampling: 2 });
  expect(await open().search({ query: documents[0]!, depth: 10 })).toHaveLength(10);
  expect(params()).toEqual({ quantization: { rescore: true, oversampling: 2 } });
});

test('a collection that is not quantized is asked as before', async () => {
  const { open, params } = await filled(undefined);
  await open({ oversample: 8 }).search({ query: documents[0]!, depth: 10 });
  expect(params()).toBeUndefined();
});

test.each([
  [undefined, 'int8'],
  ['int8', 'binary'],
] as const)(
  'a collection created with %s is not taken for one of %s, and stays as it is',
  async (there, asked) => {
    const { double, open, shared } = await filled(there);
    const told = { code: 'invalid-options', path: ['quantize'], problem: expect.stringContaining(asked) };
    await expect(open({ quantize: asked }).search({ query: documents[0]!, depth: 1 })).rejects.toMatchObject(
      told,
    );
    const writer = qdrantWriter({ ...shared, metric: 'inner-product', quantize: asked });
    await expect(writer.prepare({ dimensions })).rejects.toMatchObject(told);
    await expect(writer.write(documents.slice(0, 1))).rejects.toMatchObject(told);
    expect(double.points.size).toBe(documents.length);
  },
);
