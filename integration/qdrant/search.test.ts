import { beforeAll, describe, expect, test } from '@jest/globals';
import {
  type QdrantMetric,
  type QdrantWriterOptions,
  qdrantSource,
  qdrantWriter,
} from '@secondpass/adapter-qdrant';
import { describeQdrant } from './engines.ts';
import { dot, randomDocuments } from './random-documents.ts';

const count = 4000;
const dimensions = 64;
const documents = randomDocuments(count, dimensions);
const queries = randomDocuments(count + 20, dimensions)
  .slice(count)
  .map(({ text, vector }) => ({ text, vector }));

describeQdrant(({ collections }) => {
  const { client } = collections;

  /** With an index even over so few: Qdrant builds none below 10 MB, because comparing with all is as fast. */
  async function filled(options: Partial<QdrantWriterOptions> = {}): Promise<string> {
    const collection = collections.next();
    const metric = options.metric ?? 'cosine';
    await client.createCollection(collection, {
      vectors: {
        [options.vectorName ?? '']: {
          size: dimensions,
          distance: ({ cosine: 'Cosine', 'inner-product': 'Dot', l2: 'Euclid' } as const)[metric],
        },
      },
      hnsw_config: { m: 16, ef_construct: 100, full_scan_threshold: 10 },
      optimizers_config: { indexing_threshold: 50, default_segment_number: 1 },
      ...(options.quantize === 'int8' && {
        quantization_config: { scalar: { type: 'int8', always_ram: true } },
      }),
      ...(options.quantize === 'binary' && { quantization_config: { binary: { always_ram: true } } }),
      metadata: {
        secondpass: {
          layout: 1,
          whole: false,
          textField: 'text',
          payloadField: 'payload',
          tenantField: null,
          stringOrder: true,
          lexical: null,
        },
      },
    });
    const writer = qdrantWriter({ client, collection, ...options });
    await writer.prepare({ dimensions });
    for (let start = 0; start < count; start += 1000)
      await writer.write(documents.slice(start, start + 1000));
    await writer.finish();
    expect(await writer.count()).toBe(count);
    return collection;
  }

  describe.each<[QdrantMetric, (a: Float32Array, b: Float32Array) => number]>([
    ['cosine', (a, b) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))],
    ['inner-product', dot],
    ['l2', (a, b) => -Math.hypot(...a.map((value, index) => value - b[index]!))],
  ])('%s', (metric, score) => {
    let collection: string;

    beforeAll(async () => {
      collection = await filled({ metric, vectorName: metric === 'cosine' ? '' : 'dense' });
    });

    const open = (options: { exact?: boolean; efSearch?: number } = {}) =>
      qdrantSource({ client, collection, vectorName: metric === 'cosine' ? '' : 'dense', ...options });

    test('exact search gives the order and the scores of brute force', async () => {
      for (const query of queries.slice(0, 5)) {
        const expected = documents
          .map(({ id, vector }) => ({ id, score: score(query.vector, vector) }))
          .sort((a, b) => b.score - a.score)
          .slice(0, 50);
        const candidates = await open({ exact: true }).search({ query, depth: 50 });
        for (const [index, candidate] of candidates.entries()) {
          expect(Math.abs(candidate.score - expected[index]!.score)).toBeLessThan(1e-4);
        }
        const ids = new Set(candidates.map(({ id }) => id));
        expect(expected.filter(({ id }) => ids.has(id)).length).toBeGreaterThanOrEqual(49);
      }
    });

    test('HNSW is there and finds nearly all of them; efSearch reaches it', async () => {
      expect((await client.getCollection(collection)).indexed_vectors_count).toBeGreaterThanOrEqual(count);
      const recall = async (efSearch: number) => {
        let found = 0;
        for (const query of queries) {
          // Qdrant's beam is never narrower than the depth.
          const exact = await open({ exact: true }).search({ query, depth: 5 });
          const approximate = await open({ efSearch }).search({ query, depth: 5 });
          expect(approximate).toHaveLength(5);
          const ids = new Set(approximate.map(({ id }) => id));
          found += exact.filter(({ id }) => ids.has(id)).length;
        }
        return found / (queries.length * 5);
      };
      const [low, high] = [await recall(1), await recall(400)];
      expect(high).toBeGreaterThan(0.98);
      expect(low).toBeLessThan(high);
      let found = 0;
      for (const query of queries) {
        const exact = await open({ exact: true }).search({ query, depth: 100 });
        const ids = new Set((await open().search({ query, depth: 100 })).map(({ id }) => id));
        found += exact.filter(({ id }) => ids.has(id)).length;
      }
      expect(found / (queries.length * 100)).toBeGreaterThanOrEqual(0.95);
    });

    test('a selective filter is not under-filled', async () => {
      for (const query of queries) {
        const found = await open({ efSearch: 1 }).search({
          query,
          depth: 50,
          filter: { field: 'rare', eq: true },
        });
        expect(found).toHaveLength(count / 500);
        const half = await open().search({ query, depth: 200, filter: { field: 'parity', eq: 'odd' } });
        expect(half).toHaveLength(200);
        expect(half.every(({ payload }) => payload?.['parity'] === 'odd')).toBe(true);
      }
    });

    test('a depth beyond the graph’s beam is answered in full', async () => {
      expect(await open({ efSearch: 10 }).search({ query: queries[2]!, depth: 3000 })).toHaveLength(3000);
      expect(await open().search({ query: queries[2]!, depth: 6000 })).toHaveLength(count);
    });
  });

  test.each([
    ['int8', 0.95],
    ['binary', 0.5],
  ] as const)(
    '%s: what is found is compared again by the original vectors; more of them find more of the best',
    async (quantize, least) => {
      const collection = await filled({ quantize });
      const ask = async (oversample: number) => {
        const source = qdrantSource({ client, collection, efSearch: 400, oversample });
        const exact = qdrantSource({ client, collection, exact: true });
        let found = 0;
        let furthest = 0;
        for (const query of queries) {
          const best = new Map(
            (await exact.search({ query, depth: 20 })).map(({ id, score }) => [id, score]),
          );
          for (const { id, score } of await source.search({ query, depth: 20 })) {
            const expected = best.get(id);
            if (expected === undefined) continue;
            found += 1;
            furthest = Math.max(furthest, Math.abs(score - expected));
          }
        }
        return { recall: found / (queries.length * 20), furthest };
      };
      const [few, many] = [await ask(1), await ask(20)];
      for (const { furthest } of [few, many]) expect(furthest).toBeLessThan(1e-5);
      expect(many.recall).toBeGreaterThan(least);
      expect(many.recall).toBeGreaterThanOrEqual(few.recall);
    },
  );
});
