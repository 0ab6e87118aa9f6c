import { expect, test } from '@jest/globals';
import { workersFor } from '../../src/inference/default-sizes.ts';

const gigabyte = 2 ** 30;

test.each([
  [
    'one per core where the weights are small',
    { modelBytes: 25e6, cores: 64, memoryBytes: 128 * gigabyte },
    64,
  ],
  [
    'as many copies as half of the memory holds',
    { modelBytes: 1.1e9, cores: 64, memoryBytes: 16 * gigabyte },
    5,
  ],
  [
    'fewer where a thread takes more in addition to its copy',
    { modelBytes: 25e6, memory: { perThread: 300e6, residentShare: 4 }, cores: 64, memoryBytes: 4e9 },
    5,
  ],
  ['one at least', { modelBytes: 8e9, cores: 4, memoryBytes: 2 * gigabyte }, 1],
])('%s', (_, limits, workers) => {
  expect(workersFor({ executionProvider: 'cpu', ...limits })).toBe(workers);
});

test('an accelerator holds the weights once', () => {
  const limits = { modelBytes: 1.1e9, cores: 64, memoryBytes: 512 * gigabyte };
  expect(workersFor({ executionProvider: 'cuda', ...limits })).toBe(1);
});
