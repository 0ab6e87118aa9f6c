import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { RetrievalError } from '../../../src/index.ts';
import { quantizeVectors, rangesOf } from '../../../src/models/bi-encoder/quantize-vectors.ts';
import { goldens } from './golden-models.ts';

const { quantized, cases } = goldens;
const vectors = cases['older file, mean_tokens']!.vectors.passage.map((row) => Float32Array.from(row));
const ranges = rangesOf(vectors.slice(0, quantized.sample));
const plain = (rows: readonly ArrayLike<number>[]) => rows.map((row) => Array.from(row));

describe("the bytes of sentence-transformers' quantize_embeddings", () => {
  test('int8 and uint8, with ranges of a sample that the vectors go beyond', () => {
    expect(plain(quantizeVectors(vectors, { precision: 'int8', ranges }))).toEqual(quantized.int8);
    expect(plain(quantizeVectors(vectors, { precision: 'uint8', ranges }))).toEqual(quantized.uint8);
  });

  test('binary and ubinary', () => {
    expect(plain(quantizeVectors(vectors, { precision: 'binary' }))).toEqual(quantized.binary);
    expect(plain(quantizeVectors(vectors, { precision: 'ubinary' }))).toEqual(quantized.ubinary);
  });
});

const vector = fc.float32Array({
  minLength: 5,
  maxLength: 5,
  noNaN: true,
  noDefaultInfinity: true,
  min: -8,
  max: 8,
});

test('a value within the ranges is kept to one step, whatever the ranges', () => {
  fc.assert(
    fc.property(fc.array(vector, { minLength: 2, maxLength: 8 }), (sample) => {
      const range = rangesOf(sample);
      const bytes = quantizeVectors(sample, { precision: 'uint8', ranges: range });
      for (const [row, values] of sample.entries()) {
        for (const [at, value] of values.entries()) {
          const step = (range.maximums[at]! - range.minimums[at]!) / 255;
          const back = range.minimums[at]! + bytes[row]![at]! * step;
          expect(Math.abs(value - back)).toBeLessThanOrEqual(step * 1.001 + 1e-5);
        }
      }
    }),
  );
});

test('a length that is no multiple of eight ends in zero bits', () => {
  const [bits] = quantizeVectors([Float32Array.of(1, -1, 0, 2, 3, 4, 5, 6, 7)], { precision: 'ubinary' });
  expect([...bits!]).toEqual([0b10011111, 0b10000000]);
});

test('what cannot be quantized is refused with the way out', () => {
  const refused = (act: () => unknown) => {
    try {
      act();
    } catch (error) {
      return RetrievalError.is(error) && error.code === 'invalid-options' ? error.message : String(error);
    }
    return 'nothing was thrown';
  };
  expect(refused(() => rangesOf([vectors[0]!]))).toMatch(/1 vectors.*a few thousand/);
  expect(refused(() => rangesOf([Float32Array.of(1), Float32Array.of(Number.NaN)]))).toMatch(/NaN/);
  expect(refused(() => quantizeVectors([Float32Array.of(1)], { precision: 'int8', ranges }))).toMatch(/24/);
  expect(refused(() => quantizeVectors(vectors, { precision: 'int4' } as never))).toMatch(/int4/);
  expect(refused(() => quantizeVectors(vectors, { precision: 'int8' } as never))).toMatch(/ranges/);
});
