import { expect, test } from '@jest/globals';
import { type QdrantWriterOptions, qdrantSource, qdrantWriter } from '@secondpass/adapter-qdrant';
import { parseFilter } from '@secondpass/core';
import { filterMatches } from '@secondpass/core/testing';
import fc from 'fast-check';
import { arbitraryFilter, arbitraryPayload } from '../../packages/adapter-qdrant/test/arbitrary-filters.ts';
import { describeQdrant } from './engines.ts';

const seed = 20_261_123;
const vector = Float32Array.of(1, 0);
const documents = fc
  .sample(arbitraryPayload, { numRuns: 150, seed })
  .map((payload, index) => ({ id: `d${index}`, text: 'Text.', vector, payload, digest: 'd' }));
const filters = fc
  .sample(arbitraryFilter, { numRuns: 600, seed })
  .map((filter) => parseFilter(filter, 'test'));

describeQdrant(({ collections }) => {
  test.each<[string, Partial<QdrantWriterOptions>]>([
    ['without indexes', {}],
    [
      'with indexes',
      { payloadIndexes: { a: 'string', b: 'number', '0': 'boolean', 'a.b': 'string', 'b.a': 'number' } },
    ],
  ])('awkward filters over awkward payloads agree with brute force, %s', async (_, written) => {
    const options = { client: collections.client, collection: collections.next() };
    const writer = qdrantWriter({ ...options, ...written });
    await writer.prepare({ dimensions: 2 });
    await writer.write(documents);
    await writer.finish();
    const source = qdrantSource({ ...options, exact: true });
    let letThrough = 0;
    for (const filter of filters) {
      const expected = documents
        .filter(({ payload }) => filterMatches(filter, JSON.parse(JSON.stringify(payload))))
        .map(({ id }) => id)
        .sort();
      const candidates = await source.search({ query: { text: 'any', vector }, depth: 150, filter });
      expect([filter, candidates.map(({ id }) => id).sort()]).toEqual([filter, expected]);
      letThrough += expected.length;
    }
    expect(letThrough).toBeGreaterThan(filters.length * 20);
    const all = await source.search({ query: { text: 'any', vector }, depth: 150 });
    for (const { id, payload } of all) {
      expect(JSON.stringify(payload)).toBe(
        JSON.stringify(documents.find((document) => document.id === id)?.payload),
      );
    }
  });
});
