import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type CrossEncoder, loadCrossEncoder } from '../../src/index.ts';
import { damagedCopy, removeCopies } from './damaged-model.ts';

let model: CrossEncoder;
beforeAll(async () => {
  model = await loadCrossEncoder(damagedCopy('tiny-bert'), { workers: 1 });
});
afterAll(async () => {
  await model.close();
  removeCopies();
});

const query = 'bread';
const flood = 400;
const passages = (name: string) =>
  Array.from({ length: 8 }, (_, index) => `passage ${name} ${index} ${'bread '.repeat(100)}`);

/** How many requests of the flood are answered before the one that is sent last. */
async function answeredBefore(names: {
  readonly caller?: string;
  readonly tenant?: string;
}): Promise<number> {
  let answered = 0;
  const all = Array.from({ length: flood }, async (_, index) => {
    await model.score({ query, passages: passages(`${index}`), caller: 'gateway', tenant: 'flood' });
    answered += 1;
  });
  await model.score({ query, passages: passages('last'), ...names });
  const before = answered;
  await Promise.all(all);
  return before;
}

test.each([
  ['another caller', { caller: 'other' }],
  ['another tenant of the same caller', { caller: 'gateway', tenant: 'calm' }],
])('a request of %s does not wait for a flood, in the tokenizer or for the model', async (_, names) => {
  expect(await answeredBefore(names)).toBeLessThan(flood / 4);
});

test('a request of the same tenant comes in its order', async () => {
  expect(await answeredBefore({ caller: 'gateway', tenant: 'flood' })).toBeGreaterThan(flood / 2);
});
