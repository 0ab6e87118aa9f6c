import { expect, test } from '@jest/globals';
import { weightLimit } from '../../../src/graph/int8/weight-limit.ts';

test.each([
  ['x64', 'fma avx2', 63],
  ['x64', 'fma avx2 avx512f avx512bw avx512vl', 63],
  ['x64', 'avx2 avx512f avx512_vnni', 127],
  ['x64', 'avx2 avx512f avx512vnni amx_tile', 127],
  ['x64', 'avx2 avx_vnni', 127],
  ['x64', 'avx512f amx_bf16 amx_int8', 127],
  ['x64', '', 63],
  ['arm64', '', 127],
  ['arm64', 'asimd asimddp', 127],
])('%s with %s takes weights up to %i', (architecture, flags, most) => {
  expect(weightLimit({ architecture, flags })).toBe(most);
});
