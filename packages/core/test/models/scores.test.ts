import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { constantScore, probabilityOf, readRawScore } from '../../src/models/cross-encoder/scores.ts';

const row = (...values: number[]) => ({ data: Float32Array.from(values), dims: [values.length] });

describe('normalize', () => {
  test('is monotone and stays in [0, 1] for any float32 logit', () => {
    fc.assert(
      fc.property(
        fc.float({ noNaN: true, noDefaultInfinity: true }),
        fc.float({ noNaN: true, noDefaultInfinity: true }),
        (a, b) => {
          const [low, high] = [Math.min(a, b), Math.max(a, b)].map((raw) => probabilityOf(raw, 'logit')) as [
            number,
            number,
          ];
          expect(low).toBeLessThanOrEqual(high);
          expect(low).toBeGreaterThanOrEqual(0);
          expect(high).toBeLessThanOrEqual(1);
        },
      ),
    );
  });

  test('tells logits apart that float32 arithmetic would both call 1', () => {
    expect(Math.fround(probabilityOf(20, 'logit'))).toBe(Math.fround(probabilityOf(21, 'logit')));
    expect(probabilityOf(20, 'logit')).toBeLessThan(probabilityOf(21, 'logit'));
  });

  test('of a logit is its sigmoid; a probability is left as it is', () => {
    expect(probabilityOf(0, 'logit')).toBe(0.5);
    expect(probabilityOf(2, 'logit')).toBeCloseTo(0.880797077978, 12);
    expect(probabilityOf(-800, 'two-logit')).toBe(0);
    expect(probabilityOf(0.3, 'probability')).toBe(0.3);
  });
});

describe('readRawScore', () => {
  test('of two logits is their difference, whose sigmoid is the softmax', () => {
    const raw = readRawScore(row(1, 3), { scale: 'two-logit', relevantLabel: 1 }, 'model');
    expect(raw).toBe(2);
    expect(probabilityOf(raw, 'two-logit')).toBeCloseTo(Math.exp(3) / (Math.exp(1) + Math.exp(3)), 12);
    expect(readRawScore(row(1, 3), { scale: 'two-logit', relevantLabel: 0 }, 'model')).toBe(-2);
  });

  test.each([
    [row(Number.NaN), 'NaN'],
    [row(Number.POSITIVE_INFINITY), 'Infinity'],
    [row(1, 2), 'shape [2]'],
  ])('refuses %j', (output, words) => {
    expect(() => readRawScore(output, { scale: 'logit', relevantLabel: 1 }, 'model')).toThrow(words);
  });
});

test('one score for three different passages is worth a warning, and fewer are not', () => {
  expect(constantScore([1, 1], () => 2, 'model')).toBeUndefined();
  expect(constantScore([1, 1, 1], () => 1, 'model')).toBeUndefined();
  expect(constantScore([1, 1, 1.0000001], () => 3, 'model')).toBeUndefined();
  expect(constantScore([1, 1, 1], () => 3, 'model')).toMatchObject({
    origin: 'model',
    problem: expect.stringContaining('gives 1 to each of 3 different passages'),
  });
});
