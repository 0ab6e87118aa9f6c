import { afterAll, describe, expect, test } from '@jest/globals';
import { loadBiEncoder } from '../../../src/index.ts';
import { loadDualEncoder } from '../../../src/models/bi-encoder/dual-encoder.ts';
import { removeCopies } from '../damaged-model.ts';
import { dprModel, goldens, largestDifference, modelOf } from './golden-models.ts';

afterAll(removeCopies);

describe('beside sentence-transformers, to 1e-5, in batches of mixed lengths', () => {
  test.each(Object.entries(goldens.cases))('%s', async (_, golden) => {
    const dimensions = golden.dimensions ?? undefined;
    const model = await loadBiEncoder(modelOf(golden), {
      workers: 1,
      optimize: false,
      ...(dimensions && { dimensions }),
    });
    for (const kind of ['query', 'passage'] as const) {
      const expected = golden.vectors[kind] ?? golden.vectors.passage;
      const vectors = await model.embed({ texts: goldens.texts, kind });
      expect(vectors).toHaveLength(expected.length);
      for (const [index, vector] of vectors.entries()) {
        expect(vector).toHaveLength(model.dimensions);
        expect(largestDifference(vector, expected[index]!)).toBeLessThan(1e-5);
      }
    }
    await model.close();
  });
});

test('a DPR pair gives the vectors of its two models, each for its own kind', async () => {
  const model = await loadDualEncoder(
    { query: dprModel('query'), passage: dprModel('passage') },
    { workers: 1, optimize: false },
  );
  expect(model.dimensions).toBe(12);
  for (const kind of ['query', 'passage'] as const) {
    const vectors = await model.embed({ texts: goldens.texts, kind });
    for (const [index, vector] of vectors.entries()) {
      expect(largestDifference(vector, goldens.dpr[kind][index]!)).toBeLessThan(1e-5);
    }
  }
  await model.close();
});
