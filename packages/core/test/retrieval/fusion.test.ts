import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Fusion, fuse } from '../../src/entries/sources.ts';
import type { Candidate } from '../../src/index.ts';

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

  const texts = fc.uniqueArray(
    fc.record({ id: fc.constantFrom(...'abcdef'), text: fc.constantFrom('One', 'one ', 'two', 'three') }),
    { selector: ({ id }) => id },
  );

  test('by text keeps no two passages of one text or one id', () => {
    fc.assert(
      fc.property(fc.array(texts, { minLength: 1, maxLength: 4 }), fusions, (found, fusion) => {
        const lists = found.map((passages, position) => ({
          source: `${position}`,
          candidates: passages.map(
            (passage, index): Candidate => ({ ...passage, score: -index, rank: index + 1 }),
          ),
        }));
        const fused = fuse(lists, fusion, 99, 'text');
        const read = (text: string) => text.trim().toLowerCase();
        expect(new Set(fused.map(({ id }) => id)).size).toBe(fused.length);
        expect(new Set(fused.map(({ text }) => read(text))).size).toBe(fused.length);
        for (const [position, passages] of found.entries()) {
          const sources = fused.flatMap(({ foundBy }) => foundBy!.map(({ source }) => source));
          const findings = sources.filter((source) => source === `${position}`).length;
          expect(findings).toBeGreaterThanOrEqual(Math.min(1, passages.length));
          expect(findings).toBeLessThanOrEqual(passages.length);
        }
        // The order in which the sources stand decides which id a passage goes by, and not which passages there are.
        expect(fuse([...lists].reverse(), fusion, 99, 'text')).toHaveLength(fused.length);
      }),
    );
  });

  test('by text adds up what the same passage is worth under several ids, once per list', () => {
    const passage = (id: string, text: string, rank: number): Candidate => ({ id, text, rank, score: -rank });
    const lists = [
      { source: 'a', candidates: [passage('1', 'The  tide.', 1), passage('2', 'the tide.', 2)] },
      { source: 'b', candidates: [passage('9', 'THE TIDE.', 1), passage('1', 'another', 2)] },
    ];
    const [tide, ...others] = fuse(lists, { method: 'rrf' }, 10, 'text');
    expect(others).toEqual([]);
    expect(tide).toMatchObject({ id: '1', text: 'The  tide.', score: 2 / 61 });
    expect(tide!.foundBy).toEqual([
      { source: 'a', rank: 1, score: -1 },
      { source: 'b', id: '9', rank: 1, score: -1 },
    ]);
  });

  test('by a payload field merges what shares its value, and nothing that lacks it', () => {
    const passage = (id: string, url?: string): Candidate => ({
      id,
      text: id,
      rank: 1,
      score: 1,
      ...(url && { payload: { url } }),
    });
    const lists = [
      { source: 'a', candidates: [passage('1', '/tide'), passage('2')] },
      { source: 'b', candidates: [passage('9', '/tide'), passage('8')] },
    ];
    const fused = fuse(lists, { method: 'rrf' }, 10, { payload: 'url' });
    expect(fused.map(({ id }) => id).sort()).toEqual(['1', '2', '8']);
  });
});
