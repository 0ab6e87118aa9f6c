import { expect, test } from '@jest/globals';
import { graphToRun } from '../../../src/graph/graph-to-run.ts';

const quantized = {
  path: '/m',
  name: 'm',
  graph: '/m/onnx/model_quantized.onnx',
  precision: 'int8',
} as const;

test.each([
  ["somebody's int8 file", { ...quantized, manifest: {} }, false],
  ['one whose manifest vouches for it', { ...quantized, manifest: { batchInvariant: true } }, true],
  ['an fp32 file', { ...quantized, precision: 'fp32' as const, manifest: {} }, true],
])('%s: whether a score depends on the batch', async (_, model, batchInvariant) => {
  expect(await graphToRun(model, false, undefined)).toMatchObject({ path: model.graph, batchInvariant });
});
