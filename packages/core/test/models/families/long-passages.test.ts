import { afterAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type CrossEncoder, loadCrossEncoder } from '../../../src/index.ts';
import {
  combinePieces,
  countUnread,
  type LongPassagePolicy,
  longPassagePolicies,
  planPieces,
} from '../../../src/models/cross-encoder/long-passages.ts';
import { familyDirectory } from './family-goldens.ts';

const settings = { longPassages: 'chunk-max', chunkOverlap: 8, maxChunks: 32, topChunks: 2 } as const;
const opened: CrossEncoder[] = [];
afterAll(() => Promise.all(opened.map((model) => model.close())));

async function open(name: string, longPassages: LongPassagePolicy, more: object = {}): Promise<CrossEncoder> {
  const options = { workers: 1, longPassages, chunkOverlap: 8, topChunks: 2, ...more };
  const model = await loadCrossEncoder(familyDirectory(name), options);
  opened.push(model);
  return model;
}

describe('planPieces', () => {
  test('for any length: pieces fit, rise, and what they leave out is counted', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...longPassagePolicies),
        fc.nat(2000),
        fc.integer({ min: 1, max: 300 }),
        fc.nat(400),
        fc.integer({ min: 1, max: 40 }),
        (longPassages, length, room, chunkOverlap, maxChunks) => {
          const pieces = planPieces(length, room, { longPassages, chunkOverlap, maxChunks, topChunks: 3 });
          const read = new Set<number>();
          for (const piece of pieces) {
            expect(piece.reduce((sum, [from, to]) => sum + to - from, 0)).toBe(Math.min(length, room));
            for (const [from, to] of piece) for (let at = from; at < to; at += 1) read.add(at);
          }
          expect(pieces.length).toBeLessThanOrEqual(Math.max(1, maxChunks));
          expect(countUnread(length, pieces)).toBe(length - read.size);
          expect([...read].every((at) => at >= 0 && at < length)).toBe(true);
        },
      ),
    );
  });

  test('chunks share the overlap, and the last one ends with the passage', () => {
    expect(planPieces(100, 40, settings)).toEqual([[[0, 40]], [[32, 72]], [[60, 100]]]);
    expect(planPieces(100, 40, { ...settings, maxChunks: 2 })).toEqual([[[0, 40]], [[32, 72]]]);
    expect(planPieces(40, 40, settings)).toEqual([[[0, 40]]]);
  });

  test('first-and-last reads both ends in one pair; truncate reads the beginning', () => {
    expect(planPieces(100, 41, { ...settings, longPassages: 'first-and-last' })).toEqual([
      [
        [0, 21],
        [80, 100],
      ],
    ]);
    expect(planPieces(100, 41, { ...settings, longPassages: 'truncate' })).toEqual([[[0, 41]]]);
  });
});

test('the best chunk counts, or the mean of the best', () => {
  expect(combinePieces([1, 5, 3], settings)).toEqual({ rawScore: 5, best: 1 });
  const mean = { ...settings, longPassages: 'chunk-mean-top-k' } as const;
  expect(combinePieces([1, 5, 3], mean)).toEqual({ rawScore: 4, best: 1 });
  expect(combinePieces([2], mean)).toEqual({ rawScore: 2, best: 0 });
});

describe.each(['tiny-xlm-roberta', 'tiny-monobert', 'tiny-qwen3'])(
  '%s on a passage that is too long',
  (name) => {
    const words = 'river bridge winter 🚀 summer café harbour 東京 lighthouse comet '.repeat(60);
    const query = 'which bridge';

    test('chunk-max: the chunk that won has the score of the passage, on its own', async () => {
      const model = await open(name, 'chunk-max');
      const [short, long] = await model.score({ query, passages: ['a river', words] });
      expect(short!.chunk).toBeUndefined();
      const { number, count, start, end } = long!.chunk!;
      expect(long!.tokensCut).toBe(0);
      expect(count).toBeGreaterThan(3);
      expect(number).toBeGreaterThanOrEqual(1);
      expect(number).toBeLessThanOrEqual(count);
      const text = words.slice(start, end);
      expect(text.isWellFormed()).toBe(true);
      if (name === 'tiny-qwen3') return;
      const [alone] = await model.score({ query, passages: [text] });
      expect(alone!.rawScore).toBeCloseTo(long!.rawScore, 3);
    });

    test('chunk-mean-top-k is at most chunk-max; maxChunks cuts and says so', async () => {
      const best = await open(name, 'chunk-max');
      const mean = await open(name, 'chunk-mean-top-k', { maxChunks: 2 });
      const [highest] = await best.score({ query, passages: [words] });
      const [middle] = await mean.score({ query, passages: [words] });
      expect(middle!.rawScore).toBeLessThanOrEqual(highest!.rawScore + 1e-6);
      expect(middle!.chunk!.count).toBe(2);
      expect(middle!.tokensCut).toBeGreaterThan(50);
    });

    test('first-and-last reads what truncate does not: the end', async () => {
      const both = await open(name, 'first-and-last');
      const beginning = await open(name, 'truncate');
      const other = `${words.slice(0, -40)} gravity pressure doctor patient`;
      const [a, b] = await beginning.score({ query, passages: [words, other] });
      expect(a!.rawScore).toBeCloseTo(b!.rawScore, 5);
      const [c, d] = await both.score({ query, passages: [words, other] });
      expect(Math.abs(c!.rawScore - d!.rawScore)).toBeGreaterThan(1e-4);
      expect(c!.chunk).toBeUndefined();
      expect(c!.tokensCut).toBeGreaterThan(0);
    });

    test('a query that is too long is cut to its share, and the answer says by how much', async () => {
      const model = await open(name, 'truncate', { maxQueryShare: 0.25 });
      const [score] = await model.score({ query: 'lighthouse '.repeat(300), passages: ['a river', 'x'] });
      expect(score!.queryTokensCut).toBeGreaterThan(100);
      expect(score!.tokensCut).toBe(0);
      const [usual] = await model.score({ query, passages: ['a river'] });
      expect(usual).not.toHaveProperty('queryTokensCut');
    });
  },
);

test.each([
  { longPassages: 'middle' },
  { chunkOverlap: -1 },
  { maxChunks: 0 },
  { topChunks: 1.5 },
  { maxQueryShare: 1 },
  { probe: 'yes' },
])('the option %j is refused', async (options) => {
  const refused = loadCrossEncoder(familyDirectory('tiny-monobert'), options as never);
  await expect(refused).rejects.toMatchObject({ code: 'invalid-options' });
  await expect(refused).rejects.toThrow(Object.keys(options)[0]!);
});
