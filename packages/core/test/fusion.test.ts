import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Candidate, type CandidateSource, type Fusion, fuse, fusedSource } from '../src/index.ts';

const list = (source: string, ids: readonly string[], scores?: readonly number[]) => ({
  source,
  candidates: ids.map(
    (id, index): Candidate => ({
      id,
      text: `text of ${id}`,
      score: scores?.[index] ?? -index,
      rank: index + 1,
    }),
  ),
});

const ids = fc.uniqueArray(fc.constantFrom(...'abcdefghijklmnop'), { minLength: 1 });
const fusions = fc.constantFrom<Fusion>({ method: 'rrf' }, { method: 'rrf', k: 2 }, { method: 'weighted' });

describe('fuse', () => {
  test('by reciprocal ranks is the sum of 1 / (60 + rank)', () => {
    const fused = fuse([list('dense', ['a', 'b', 'c']), list('lexical', ['c', 'd'])], { method: 'rrf' }, 10);
    expect(fused.map(({ id }) => id)).toEqual(['c', 'a', 'b', 'd']);
    expect(fused[0]!.score).toBeCloseTo(1 / 63 + 1 / 61, 12);
    expect(fused[0]!.foundBy).toEqual([
      { source: 'dense', rank: 3, score: -2 },
      { source: 'lexical', rank: 1, score: -0 },
    ]);
  });

  test('by weighted scores stretches each list onto [0, 1]', () => {
    const lists = [list('dense', ['a', 'b', 'c'], [0.9, 0.8, 0.5]), list('lexical', ['c', 'a'], [30, 10])];
    const fused = fuse(lists, { method: 'weighted', weights: [1, 2] }, 10);
    expect(fused.map(({ id, score }) => [id, Number(score.toFixed(4))])).toEqual([
      ['c', 2],
      ['a', 1],
      ['b', 0.75],
    ]);
  });

  test('gives each id once, best first, ranks from 1, at most depth', () => {
    fc.assert(
      fc.property(ids, ids, fusions, fc.integer({ min: 1, max: 20 }), (dense, lexical, fusion, depth) => {
        const fused = fuse([list('dense', dense), list('lexical', lexical)], fusion, depth);
        expect(fused).toHaveLength(Math.min(depth, new Set([...dense, ...lexical]).size));
        expect(new Set(fused.map(({ id }) => id)).size).toBe(fused.length);
        fused.forEach(({ rank, score }, index) => {
          expect(rank).toBe(index + 1);
          if (index > 0) expect(score).toBeLessThanOrEqual(fused[index - 1]!.score);
        });
      }),
    );
  });

  test('of one list with itself keeps its order', () => {
    fc.assert(
      fc.property(ids, fusions, (order, fusion) => {
        expect(fuse([list('a', order), list('b', order)], fusion, 99).map(({ id }) => id)).toEqual(order);
      }),
    );
  });
});

describe('fusedSource', () => {
  const answering = (
    name: string,
    found: readonly string[],
    input: 'text' | 'vector' = 'vector',
  ): CandidateSource => ({
    name,
    input,
    search: async () => list(name, found).candidates,
  });

  test('asks all, and is hybrid as soon as one reads vectors', async () => {
    const source = fusedSource({
      sources: [answering('dense', ['a', 'b']), answering('lexical', ['b'], 'text')],
    });
    expect(source).toMatchObject({ name: 'dense+lexical', input: 'hybrid' });
    const found = await source.search({ query: { text: 'q' }, depth: 2 });
    expect(found.map(({ id }) => id)).toEqual(['b', 'a']);
  });

  test('passes filter and tenant on, and stops the others when one fails', async () => {
    const seen: unknown[] = [];
    let stopped: unknown;
    const failure = new Error('down');
    const failing: CandidateSource = {
      name: 'failing',
      input: 'text',
      search: () => Promise.reject(failure),
    };
    const waiting: CandidateSource = {
      name: 'waiting',
      input: 'text',
      search: ({ filter, tenant, signal }) =>
        new Promise((_, reject) => {
          seen.push(filter, tenant);
          signal!.addEventListener('abort', () => {
            stopped = signal!.reason;
            reject(stopped);
          });
        }),
    };
    const source = fusedSource({ sources: [waiting, failing] });
    const filter = { field: 'lang', eq: 'en' };
    await expect(source.search({ query: { text: 'q' }, depth: 2, filter, tenant: 'acme' })).rejects.toBe(
      failure,
    );
    expect(stopped).toBe(failure);
    expect(seen).toEqual([filter, 'acme']);
  });

  test.each([
    [{ sources: [answering('a', [])] }, '1 sources'],
    [{ sources: [answering('a', []), answering('a', [])] }, 'share a name'],
    [
      { sources: [answering('a', []), answering('b', [])], fusion: { method: 'rrf', k: 0 } as const },
      'k is 0',
    ],
    [
      { sources: [answering('a', []), answering('b', [])], fusion: { method: 'rrf', weights: [1] } as const },
      'weights',
    ],
  ])('refuses %#', (config, words) => {
    expect(() => fusedSource(config)).toThrow(words);
  });
});
