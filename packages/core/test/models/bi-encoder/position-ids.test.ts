import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { loadBiEncoder } from '../../../src/index.ts';

/** A graph that reads position_ids; what it answers is no vector, so it is opened only. */
const directory = fileURLToPath(new URL('../families/tiny-xlm-roberta', import.meta.url));

test('a graph that reads position_ids is opened', async () => {
  const model = await loadBiEncoder(directory, { pooling: 'mean', workers: 1, optimize: false });
  expect(model.dimensions).toBe(24);
  await model.close();
});
