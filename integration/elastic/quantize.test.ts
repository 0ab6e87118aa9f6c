import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { elasticSource, elasticWriter } from '@secondpass/adapter-elastic';
import { describeEngine } from '../engines.ts';
import { randomDocuments } from '../pgvector/random-documents.ts';
import { type ElasticMajor, startElastic } from '../services/elastic.ts';
import { openTestIndices, type TestIndices } from './test-indices.ts';

const count = 2000;
const dimensions = 96;
const [documents, queries] = ((all) => [all.slice(0, count), all.slice(count)])(
  randomDocuments(count + 10, dimensions),
);

/** The ids and scores of the nearest documents, best first, computed here. */
function nearest(
  query: Float32Array,
  many: number,
): readonly { readonly id: string; readonly score: number }[] {
  return documents
    .map(({ id, vector }) => ({ id, score: cosine(query, vector) }))
    .sort((a, b) => b.score - a.score)
    .slice(0, many);
}

for (const major of ['8', '9'] as const satisfies readonly ElasticMajor[]) {
  const engine = await startElastic([major]);

  describeEngine(`elastic-${major}`, engine, ({ url, version, stop }) => {
    let indices: TestIndices;
    beforeAll(() => {
      indices = openTestIndices({ url, version });
    });
    afterAll(async () => {
      await indices.drop();
      await stop();
    });

    describe.each([
      ['int8', 'int8_hnsw'],
      ['int4', 'int4_hnsw'],
      ['binary', 'bbq_hnsw'],
    ] as const)(`${version}: %s`, (quantize, indexType) => {
      let index: string;
      beforeAll(async () => {
        ({ index } = await indices.filled(documents, { written: { quantize } }));
      }, 300_000);
      const open = (more: object = {}) => elasticSource({ client: indices.client, index, quantize, ...more });

      test('it is the index that Elasticsearch has for it, with a graph and without', async () => {
        const flat = indices.next();
        const { writer } = indices.open(flat, { written: { quantize, vectors: { type: 'flat' } } });
        await writer.prepare({ dimensions });
        const types = await Promise.all(
          [index, flat].map(async (name) => {
            const mapping = await indices.client.indices.getMapping({ index: name });
            const vector = mapping[name]!.mappings.properties!['vector'];
            return (vector as { index_options?: { type?: string } }).index_options?.type;
          }),
        );
        expect(types).toEqual([indexType, indexType.replace('hnsw', 'flat')]);
      });

      test.each([10, 100])(
        'depth %d finds the best ten, with their exact scores',
        async (depth) => {
          let found = 0;
          for (const query of queries) {
            const best = nearest(query.vector, count);
            const scores = new Map(best.map(({ id, score }) => [id, score]));
            const candidates = await open().search({ query, depth });
            expect(candidates).toHaveLength(depth);
            for (const { id, score } of candidates)
              expect(Math.abs(score - scores.get(id)!)).toBeLessThan(1e-5);
            const ids = new Set(candidates.map(({ id }) => id));
            found += best.slice(0, 10).filter(({ id }) => ids.has(id)).length;
          }
          expect(found / (queries.length * 10)).toBeGreaterThanOrEqual(0.95);
        },
        180_000,
      );

      test('an exact search compares with every document by its vector', async () => {
        for (const query of queries.slice(0, 3)) {
          const candidates = await open({ search: 'exact' }).search({ query, depth: 50 });
          expect(candidates.map(({ id }) => id)).toEqual(nearest(query.vector, 50).map(({ id }) => id));
        }
      });

      test('a filter that leaves few and a depth of all are answered in full', async () => {
        const [query] = queries;
        const filter = { field: 'rare', eq: true };
        expect(await open().search({ query: query!, depth: 50, filter })).toHaveLength(count / 500);
        expect(await open({ oversample: 100 }).search({ query: query!, depth: count })).toHaveLength(count);
      });

      test('who expects another is told so, and the index stays as it is', async () => {
        const other = quantize === 'int8' ? 'binary' : 'int8';
        const told = {
          code: 'invalid-options',
          path: ['quantize'],
          problem: expect.stringContaining(quantize),
        };
        const query = queries[0]!;
        await expect(open({ quantize: other }).search({ query, depth: 1 })).rejects.toMatchObject(told);
        for (const asked of [other, undefined] as const) {
          const options = { client: indices.client, index, ...(asked && { quantize: asked }) };
          const writer = elasticWriter(options);
          await expect(writer.prepare({ dimensions })).rejects.toMatchObject(told);
          await expect(writer.write(documents.slice(0, 1))).rejects.toMatchObject(told);
        }
        expect(await elasticWriter({ client: indices.client, index, quantize }).count()).toBe(count);
        expect(await open({ quantize: undefined }).search({ query, depth: 1 })).toHaveLength(1);
      });
    });

    test(`${version}: an index that was there before gives exact scores too`, async () => {
      const index = indices.next();
      const { client } = indices;
      await client.indices.create({
        index,
        mappings: {
          properties: {
            text: { type: 'text' },
            vector: {
              type: 'dense_vector',
              dims: dimensions,
              similarity: 'cosine',
              index_options: { type: 'int8_hnsw' },
            },
          },
        },
      });
      const some = documents.slice(0, 500);
      await client.bulk({
        refresh: true,
        operations: some.flatMap(({ id, text, vector }) => [
          { index: { _index: index, _id: id } },
          { text, vector: [...vector] },
        ]),
      });
      const source = elasticSource({ client, index, fields: { payload: null } });
      for (const query of queries.slice(0, 5)) {
        for (const { id, score } of await source.search({ query, depth: 20 })) {
          const { vector } = some.find((document) => document.id === id)!;
          expect(Math.abs(score - cosine(query.vector, vector))).toBeLessThan(1e-5);
        }
      }
      const binary = elasticSource({ client, index, fields: { payload: null }, quantize: 'binary' });
      await expect(binary.search({ query: queries[0]!, depth: 1 })).rejects.toMatchObject({
        path: ['quantize'],
      });
    });

    test.each([
      ['binary', 63],
      ['int4', 65],
    ] as const)(
      `${version}: %s of %d dimensions is refused before an index is made`,
      async (quantize, few) => {
        const index = indices.next();
        const writer = elasticWriter({ client: indices.client, index, quantize });
        await expect(writer.prepare({ dimensions: few })).rejects.toMatchObject({
          code: 'invalid-options',
          path: ['quantize'],
          problem: expect.stringContaining(String(few)),
        });
        expect(await indices.client.indices.exists({ index })).toBe(false);
      },
    );
  });
}

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, at) => sum + value * y[at]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}
