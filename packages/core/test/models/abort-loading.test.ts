import { afterAll, expect, test } from '@jest/globals';
import { SessionPool } from '../../../runtime-common/src/inference/session-pool.ts';
import { sessionScript } from '../../../runtime-onnx/src/inference/open-session.ts';
import { loadBiEncoder, loadCrossEncoder } from '../../src/index.ts';
import { damagedCopy, graphOf, removeCopies } from './damaged-model.ts';

afterAll(removeCopies);
const reason = new Error('no longer needed');

test.each([
  ['a cross-encoder', loadCrossEncoder, 'tiny-bert'],
  ['a bi-encoder', loadBiEncoder, 'tiny-sentence-bert'],
] as const)('loading %s rejects with the reason, before it begins and on its way', async (_, load, name) => {
  const directory = damagedCopy(name);
  await expect(load(directory, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  const controller = new AbortController();
  const loading = load(directory, { workers: 1, signal: controller.signal });
  setImmediate(() => controller.abort(reason));
  await expect(loading).rejects.toBe(reason);
  await expect(load(directory, { signal: 5 as never })).rejects.toMatchObject({ code: 'invalid-options' });
});

test('opening a pool rejects with the reason while its threads load, and ends them', async () => {
  const controller = new AbortController();
  const opening = SessionPool.open({
    origin: 'tiny',
    script: sessionScript,
    settings: { graph: graphOf(damagedCopy('tiny-bert')), preferredOutputs: ['logits'], threads: 1 },
    workers: 2,
    maxBatchTokens: 256,
    joining: true,
    maxQueuedBatches: 8,
    signal: controller.signal,
  });
  controller.abort(reason);
  await expect(opening).rejects.toBe(reason);
});
