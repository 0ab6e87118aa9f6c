import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { rerankerContract } from '../../../core/src/testing/index.ts';
import { loadPolyEncoder, type PolyEncoder } from '../../src/index.ts';

/** Written by integration/goldens/make_poly_encoder_goldens.py: the same weights in transformers, both attentions in numpy. */
interface Goldens {
  readonly queries: readonly string[];
  readonly passages: readonly string[];
  readonly passageVectors: readonly (readonly number[])[];
  readonly scores: readonly (readonly number[])[];
}

const directory = fileURLToPath(new URL('./tiny-poly-encoder', import.meta.url));
const goldens: Goldens = JSON.parse(readFileSync(join(directory, '../goldens.json'), 'utf8'));
const scratch = mkdtempSync(join(tmpdir(), 'poly-encoder-'));
let model: PolyEncoder;

beforeAll(async () => {
  model = await loadPolyEncoder(directory, { workers: 1 });
});
afterAll(async () => {
  await model.close();
  rmSync(scratch, { recursive: true });
});

function copyWith(change: (settings: Record<string, unknown>) => Record<string, unknown>): string {
  const copy = mkdtempSync(join(scratch, 'model-'));
  cpSync(directory, copy, { recursive: true });
  const file = join(copy, 'poly_encoder.json');
  writeFileSync(file, JSON.stringify(change(JSON.parse(readFileSync(file, 'utf8')))));
  return copy;
}

describe('the reranker contract', () => {
  rerankerContract(test, { reranker: () => loadPolyEncoder(directory, { workers: 1 }), tolerance: 1e-5 });
});

test('scores of every query and passage are equal to 1e-4 beside Python', async () => {
  const { slope, offset } = model.settings;
  for (const [row, query] of goldens.queries.entries()) {
    const scores = await model.score({ query, passages: goldens.passages });
    for (const [column, { rawScore, score }] of scores.entries()) {
      expect(Math.abs(rawScore - goldens.scores[row]![column]!)).toBeLessThan(1e-4);
      expect(score).toBeCloseTo(1 / (1 + Math.exp(-(slope * rawScore + offset))), 12);
    }
  }
});

test('a passage has one vector, equal to 1e-5 beside Python', async () => {
  const vectors = await model.encodePassages({ passages: goldens.passages });
  for (const [index, { values, dimensions }] of vectors.entries()) {
    expect(values).toHaveLength(dimensions);
    const differences = [...values].map((value, at) => Math.abs(value - goldens.passageVectors[index]![at]!));
    expect(Math.max(...differences)).toBeLessThan(1e-5);
  }
});

test('vectors of stage 1 will do, where they have the right length', async () => {
  const query = await model.encodeQuery(goldens.queries[0]!);
  const passages = goldens.passageVectors.map((numbers) => ({
    dimensions: numbers.length,
    values: Float32Array.from(numbers),
    scale: 1,
    tokensCut: 0,
  }));
  const scores = await model.scoreVectors(query, passages);
  for (const [index, { rawScore }] of scores.entries()) {
    expect(Math.abs(rawScore - goldens.scores[0]![index]!)).toBeLessThan(1e-4);
  }
  const short = { dimensions: 3, values: new Float32Array(3), scale: 1, tokensCut: 0 };
  await expect(model.scoreVectors(query, [short])).rejects.toMatchObject({ code: 'dimension-mismatch' });
});

test('what is stored stays valid when only the query’s side changes', async () => {
  const later = copyWith((settings) => ({ ...settings, slope: 2, maxQueryTokens: 20 }));
  const other = copyWith((settings) => ({ ...settings, maxPassageTokens: 20 }));
  for (const [copy, same] of [
    [later, true],
    [other, false],
  ] as const) {
    const loaded = await loadPolyEncoder(copy, { workers: 1 });
    expect(loaded.passageFingerprint === model.passageFingerprint).toBe(same);
    expect(loaded.fingerprint).not.toBe(model.fingerprint);
    await loaded.close();
  }
});

describe('a directory that is not whole', () => {
  test.each(['poly_encoder.json', 'tokenizer.json', 'onnx/query.onnx', 'onnx/passage.onnx'])(
    'without %s',
    async (file) => {
      const copy = copyWith((settings) => settings);
      rmSync(join(copy, file));
      await expect(loadPolyEncoder(copy)).rejects.toMatchObject({
        code: 'model-not-found',
        problem: expect.stringContaining(file),
      });
    },
  );

  test('a slope that turns the order around is refused', async () => {
    const copy = copyWith((settings) => ({ ...settings, slope: -1 }));
    await expect(loadPolyEncoder(copy)).rejects.toMatchObject({ code: 'model-damaged' });
  });

  test('a graph of another size is named', async () => {
    const copy = copyWith((settings) => ({ ...settings, codes: 7 }));
    const wrong = await loadPolyEncoder(copy, { workers: 1 });
    await expect(wrong.score({ query: 'q', passages: ['p'] })).rejects.toMatchObject({
      code: 'model-output-invalid',
      problem: 'The query graph gives the shape [5,24], but poly_encoder.json states [7,24].',
    });
    await wrong.close();
  });
});
