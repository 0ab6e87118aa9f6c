import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ElasticMetric, elasticSource, elasticWriter } from '@secondpass/adapter-elastic';
import { describeEngine } from '../engines.ts';
import { randomDocuments } from '../pgvector/random-documents.ts';
import { startElastic } from '../services/elastic.ts';
import { openTestIndices, type TestIndices } from './test-indices.ts';

const engine = await startElastic(['9', '8']);
// More than Elasticsearch compares at a time.
const count = 12_000;
const dimensions = 32;
const documents = randomDocuments(count, dimensions);
const queries = randomDocuments(count + 10, dimensions)
  .slice(count)
  .map(({ text, vector }) => ({ text, vector }));

describeEngine('elastic', engine, ({ url, version, stop }) => {
  let indices: TestIndices;
  const names = new Map<ElasticMetric, string>();

  beforeAll(async () => {
    indices = openTestIndices({ url, version });
    for (const metric of ['cosine', 'inner-product', 'l2'] as const) {
      // One of them is quantized: what is compared again has to be as exact.
      const written = metric === 'l2' ? ({ quantize: 'int8' } as const) : {};
      names.set(metric, (await indices.filled(documents, { metric, written })).index);
    }
  }, 300_000);

  afterAll(async () => {
    await indices.drop();
    await stop();
  });

  const open = (metric: ElasticMetric, options: Partial<Parameters<typeof elasticSource>[0]> = {}) =>
    elasticSource({ client: indices.client, index: names.get(metric)!, metric, ...options });

  describe.each([
    ['cosine', (a: Float32Array, b: Float32Array) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))],
    ['inner-product', dot],
    ['l2', (a: Float32Array, b: Float32Array) => -Math.hypot(...a.map((value, index) => value - b[index]!))],
  ] as const)('%s', (metric, score) => {
    test('exact search gives the order and the scores of brute force', async () => {
      for (const query of queries.slice(0, 5)) {
        const expected = documents
          .map(({ id, vector }) => ({ id, score: score(query.vector, vector) }))
          .sort((a, b) => b.score - a.score)
          .slice(0, 100);
        const candidates = await open(metric, { search: 'exact' }).search({ query, depth: 100 });
        expect(candidates.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
        for (const [index, candidate] of candidates.entries()) {
          expect(Math.abs(candidate.score - expected[index]!.score)).toBeLessThan(1e-5);
        }
      }
    });

    test('the graph finds nearly all of them', async () => {
      let found = 0;
      for (const query of queries) {
        const exact = await open(metric, { search: 'exact' }).search({ query, depth: 10 });
        const approximate = await open(metric).search({ query, depth: 100 });
        expect(approximate).toHaveLength(100);
        const ids = new Set(approximate.map(({ id }) => id));
        found += exact.filter(({ id }) => ids.has(id)).length;
      }
      expect(found / (queries.length * 10)).toBeGreaterThanOrEqual(0.95);
    });
  });

  test('a selective filter is not under-filled', async () => {
    const filter = { field: 'rare', eq: true };
    for (const options of [{}, { numCandidates: 1 }, { search: 'exact' }] as const) {
      const candidates = await open('cosine', options).search({ query: queries[0]!, depth: 50, filter });
      expect(candidates).toHaveLength(count / 500);
      const scores = candidates.map(({ score }) => score);
      expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    }
  });

  test('a filter that half of the documents pass is answered in full and in order', async () => {
    const filter = { field: 'parity', eq: 'odd' };
    const candidates = await open('cosine').search({ query: queries[1]!, depth: 200, filter });
    expect(candidates).toHaveLength(200);
    expect(candidates.every(({ payload }) => payload?.['parity'] === 'odd')).toBe(true);
  });

  test('a depth up to 10,000 is answered in full; a greater one is refused', async () => {
    expect(await open('cosine').search({ query: queries[2]!, depth: 10_000 })).toHaveLength(10_000);
    await expect(open('cosine').search({ query: queries[2]!, depth: 10_001 })).rejects.toMatchObject({
      code: 'invalid-options',
    });
  });

  test('another metric than that of the index is refused', async () => {
    const options = { client: indices.client, index: names.get('cosine')!, metric: 'l2' } as const;
    const search = elasticSource(options).search({ query: queries[0]!, depth: 1 });
    await expect(search).rejects.toMatchObject({ code: 'invalid-options' });
    await expect(elasticWriter(options).prepare({ dimensions })).rejects.toMatchObject({
      code: 'invalid-options',
    });
  });

  test('a zero vector has no direction, and is refused by name', async () => {
    const zero = new Float32Array(dimensions);
    await expect(
      open('cosine').search({ query: { text: 'any', vector: zero }, depth: 1 }),
    ).rejects.toMatchObject({ code: 'invalid-query' });
    expect(await open('l2').search({ query: { text: 'any', vector: zero }, depth: 1 })).toHaveLength(1);
  });
});

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, index) => sum + value * b[index]!, 0);
}
