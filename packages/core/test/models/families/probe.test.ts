import { afterAll, describe, expect, test } from '@jest/globals';
import { loadCrossEncoder } from '../../../src/index.ts';
import {
  checkProbedPairs,
  type ProbedPair,
  probePassages,
  probeQueries,
} from '../../../src/models/cross-encoder/probe.ts';
import { damagedCopy, fillInitializer, removeCopies } from '../damaged-model.ts';

afterAll(removeCopies);

/** The pairs of the probe, scored by a made-up model. */
function probed(score: (query: string, passage: string) => number, unknownWords = false): ProbedPair[] {
  return probeQueries.flatMap((query, index) =>
    (index === 0 ? probePassages : probePassages.slice(0, 1)).map((passage) => {
      const text = unknownWords ? 'unknown' : `${query}|${passage}`;
      const ids = Int32Array.from(text, (letter) => letter.codePointAt(0)!);
      return { query, passage, sequence: { ids, typeIds: ids }, rawScore: score(query, passage) };
    }),
  );
}

describe('made-up pairs', () => {
  test('scored by both texts pass, however little the scores differ', () => {
    checkProbedPairs(
      probed((query, passage) => 1e-6 * query.length + 1e-6 * passage.length),
      'model',
    );
  });

  test.each([
    ['the passage alone', (_: string, passage: string) => passage.length, 'does not change with the query'],
    ['the query alone', (query: string) => query.length, 'does not change with the passage'],
    ['neither', () => 0.25, 'gives 0.25 to each of 5 different made-up pairs'],
  ])('scored by %s are refused', (_, score, words) => {
    expect(() => checkProbedPairs(probed(score), 'model')).toThrow(words);
  });

  test('that a tokenizer cannot tell apart are refused: a check that saw nothing has not passed', () => {
    expect(() =>
      checkProbedPairs(
        probed(() => 1, true),
        'model',
      ),
    ).toThrow('become one input of the model');
  });
});

describe('loading', () => {
  test('probes the model, unless it is told not to', async () => {
    const dead = damagedCopy('tiny-bert', (copy) => fillInitializer(copy, 'model.classifier.weight', 0));
    await expect(loadCrossEncoder(dead, { workers: 1 })).rejects.toMatchObject({
      code: 'model-output-invalid',
    });
    const model = await loadCrossEncoder(dead, { workers: 1, probe: false });
    await expect(model.probe()).rejects.toThrow('reads neither text');
    await model.close();
  });
});
