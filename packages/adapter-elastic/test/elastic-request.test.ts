import { expect, test } from '@jest/globals';
import { exactRequest, textRequest, vectorRequest } from '../src/elastic-request.ts';

const plan = {
  index: 'articles',
  fields: { text: 'text', vector: 'vector', payload: 'payload' },
  vectorFields: ['vector', 'title.vector'],
  ours: true,
  depth: 100,
  filters: [{ term: { a: 1 } }],
  vector: Float32Array.of(1, 0.5),
};

test('a search of the graph', () => {
  expect(vectorRequest(plan)).toEqual({
    index: 'articles',
    size: 100,
    _source: ['text', 'payload', 'secondpass.filling'],
    track_total_hits: false,
    allow_partial_search_results: false,
    knn: [
      { field: 'vector', query_vector: [1, 0.5], k: 100, num_candidates: 150, filter: [{ term: { a: 1 } }] },
    ],
  });
});

test('num_candidates is at least depth and at most 10,000', () => {
  const asked = (depth: number, numCandidates?: number) =>
    vectorRequest({ ...plan, depth, numCandidates }).knn![0]!.num_candidates;
  expect([asked(10), asked(100), asked(9000), asked(100, 30), asked(100, 500)]).toEqual([
    100, 150, 10_000, 100, 500,
  ]);
});

test('the candidates of a quantized index are compared again, and depth of them are returned', () => {
  const asked = (more: object) => {
    const { size, knn } = vectorRequest({ ...plan, ...more });
    const { k, num_candidates, rescore_vector } = knn![0]!;
    return { size, k, num_candidates, rescore_vector };
  };
  const again = { rescore_vector: { oversample: 1 } };
  expect(asked({ rescored: 400 })).toEqual({ size: 100, k: 400, num_candidates: 400, ...again });
  expect(asked({ rescored: 200, numCandidates: 500 })).toMatchObject({ k: 200, num_candidates: 500 });
  expect(asked({ rescored: 40_000 })).toMatchObject({ size: 100, k: 10_000, num_candidates: 10_000 });
  const { size, knn } = exactRequest({ ...plan, rescored: 400 }, 50)!;
  expect([size, knn]).toEqual([100, [expect.objectContaining({ k: 10_000, ...again })]]);
});

test('an exact search is asked in parts that cover every bucket once', () => {
  expect(exactRequest(plan, 10_000)!.knn).toHaveLength(1);
  const parts = exactRequest(plan, 100_000)!.knn!;
  expect(parts).toHaveLength(20);
  const bounds = parts.map(
    ({ filter }) =>
      (filter.at(-1) as { range: Record<string, { gte: number; lt: number }> }).range['secondpass.bucket']!,
  );
  expect(bounds[0]!.gte).toBe(0);
  expect(bounds.at(-1)!.lt).toBe(65_536);
  for (const [index, { gte }] of bounds.entries()) if (index > 0) expect(gte).toBe(bounds[index - 1]!.lt);
  expect(parts.every(({ num_candidates, filter }) => num_candidates === 10_000 && filter.length === 2)).toBe(
    true,
  );
  expect(exactRequest({ ...plan, ours: false }, 10_001)).toBeUndefined();
});

test('a text search', () => {
  const request = textRequest({ ...plan, text: 'salt "AND" *' });
  expect(request.query).toEqual({
    bool: { must: [{ match: { text: { query: 'salt "AND" *' } } }], filter: plan.filters },
  });
  expect(textRequest({ ...plan, fields: { ...plan.fields, payload: null }, text: 'a' })._source).toEqual({
    excludes: ['vector', 'title.vector'],
  });
});
