import { describe, expect, test } from '@jest/globals';
import type { DenseLayer } from '../../../src/models/bi-encoder/dense-layer.ts';
import { pooledInThread } from '../../../src/models/bi-encoder/pooled-in-thread.ts';
import type { PoolingMode } from '../../../src/models/bi-encoder/pooling.ts';
import type { VectorModules } from '../../../src/models/bi-encoder/vector-modules.ts';

const dense: DenseLayer = {
  weight: Float32Array.of(1),
  bias: undefined,
  inputs: 1,
  outputs: 1,
  activation: 'Tanh',
  residual: undefined,
};
const modules = (given: Partial<VectorModules>): VectorModules => ({
  modes: ['mean'],
  includePrompt: true,
  steps: ['unit-length'],
  weightFiles: [],
  ...given,
});

describe("the model's thread", () => {
  test.each([
    ['mean', 'mean'],
    ['cls', 'first-token'],
    ['last-token', 'last-token'],
  ] as const)('pools by %s', (mode, pooling) => {
    expect(pooledInThread(modules({ modes: [mode] }))).toEqual({ pooling, layers: [] });
  });

  test.each<[string, Partial<VectorModules>]>([
    ['several poolings', { modes: ['mean', 'max'] }],
    ['none, as of a graph that projects', { modes: [] }],
    ...(['max', 'mean-sqrt-length', 'weighted-mean'] satisfies PoolingMode[]).map(
      (mode): [string, Partial<VectorModules>] => [mode, { modes: [mode] }],
    ),
    ['prompts that are not pooled', { includePrompt: false }],
    ['Dense modules', { steps: [dense] }],
  ])('leaves %s to the event loop', (_, given) => {
    expect(pooledInThread(modules(given))).toBeUndefined();
  });
});
