import { describe, expect, test } from '@jest/globals';
import { applyHead } from '../../../../runtime-common/src/inference/output-head.ts';
import type { OutputHead } from '../../../src/models/runtime/output-head.ts';

/** Two sequences of 3 and 2 tokens, two numbers per token; padding is 99. */
const vectors = (paddingSide: 'left' | 'right') => ({
  data: Float32Array.from(
    paddingSide === 'right'
      ? [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 99, 99]
      : [1, 2, 3, 4, 5, 6, 99, 99, 7, 8, 9, 10],
  ),
  dims: [2, 3, 2],
  lengths: [3, 2],
  paddingSide,
});
const pooled = (pooling: OutputHead['pooling'], side: 'left' | 'right') => [
  ...applyHead(vectors(side), { pooling, layers: [] }).data,
];

describe.each(['left', 'right'] as const)('pooling with padding on the %s', (side) => {
  test('first token, last token and mean leave the padding out', () => {
    expect(pooled('first-token', side)).toEqual([1, 2, 7, 8]);
    expect(pooled('last-token', side)).toEqual([5, 6, 9, 10]);
    expect(pooled('mean', side)).toEqual([3, 4, 8, 9]);
  });
});

describe('layers', () => {
  const run = (head: Omit<OutputHead, 'pooling'>) => [
    ...applyHead(vectors('right'), { pooling: 'first-token', ...head }).data,
  ];
  const identity = {
    kind: 'dense',
    outputs: 1,
    weight: Float32Array.from([0, 1]),
    activation: 'identity',
  } as const;

  test('columns are taken in their order', () => {
    expect(run({ columns: [1, 0], layers: [] })).toEqual([2, 1, 8, 7]);
  });

  test.each([
    ['identity', 2],
    ['tanh', Math.tanh(2)],
    // gelu(2) = 2 Φ(2), with Φ(2) from a table.
    ['gelu', 2 * 0.977249868051821],
    ['relu', 2],
    ['sigmoid', 0.880797077977882],
    ['silu', 2 * 0.880797077977882],
  ] as const)('a dense layer with %s', (activation, expected) => {
    expect(run({ layers: [{ ...identity, activation }] })[0]).toBeCloseTo(expected, 6);
  });

  test('gelu far from 0 is the line, and 0 on the other side', () => {
    const scaled = (factor: number) =>
      run({ layers: [{ ...identity, weight: Float32Array.from([0, factor]), activation: 'gelu' }] })[0];
    expect(scaled(50)).toBeCloseTo(100, 5);
    expect(scaled(-50)).toBeCloseTo(0, 5);
    expect(scaled(0)).toBe(0);
  });

  test('normalization has mean 0 and deviation 1 before its weights', () => {
    const norm = {
      kind: 'norm',
      weight: Float32Array.from([1, 2]),
      bias: Float32Array.from([0, 5]),
      epsilon: 0,
    } as const;
    expect(run({ layers: [norm] }).slice(0, 2)).toEqual([-1, 7]);
  });

  test('another width than the graph has is refused', () => {
    expect(() => run({ layers: [{ ...identity, weight: new Float32Array(3) }] })).toThrow('cannot read 2');
    expect(() => run({ columns: [2], layers: [] })).toThrow('column 2');
  });
});

test('a graph that answers for the last column only needs padding on the left', () => {
  const last = { data: Float32Array.from([1, 2]), dims: [2, 1, 1], lengths: [3, 2] };
  const head: OutputHead = { pooling: 'last-token', layers: [] };
  expect([...applyHead({ ...last, paddingSide: 'left' }, head).data]).toEqual([1, 2]);
  expect(() => applyHead({ ...last, paddingSide: 'right' }, head)).toThrow('paddingSide');
  expect([...applyHead({ ...last, lengths: [3, 3], paddingSide: 'right' }, head).data]).toEqual([1, 2]);
});
