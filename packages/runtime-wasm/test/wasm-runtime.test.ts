import { mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { loadCrossEncoder } from '@secondpass/core';
import type { ModelWarning } from '@secondpass/core/runtime';
import { damagedCopy, graphOf, removeCopies } from '../../core/test/models/damaged-model.ts';
import { optimizeModel } from '../../runtime-onnx/src/graph/optimize-model.ts';
import { onnxRuntime } from '../../runtime-onnx/src/onnx-runtime.ts';
import { wasmRuntime } from '../src/wasm-runtime.ts';

// WebAssembly takes about four times as long, and loads a model slowly.
jest.setTimeout(300_000);

const nano = fileURLToPath(new URL('../../models/models/nano', import.meta.url));
const tinyBert = damagedCopy('tiny-bert');
const folder = mkdtempSync(join(tmpdir(), 'secondpass-wasm-'));
afterAll(() => {
  removeCopies();
  rmSync(folder, { recursive: true, force: true });
});

const request = { query: 'why does bread rise', passages: ['Yeast makes dough rise.', 'The harbour froze.'] };
const load = (directory: string, options: Parameters<typeof loadCrossEncoder>[1] = {}) =>
  loadCrossEncoder(directory, { runtime: wasmRuntime, workers: 1, ...options });

describe('int8', () => {
  test('that is a model’s default becomes fp32, with a warning', async () => {
    const warnings: ModelWarning[] = [];
    await using model = await load(nano, { onWarning: (warning) => warnings.push(warning) });
    expect(model.precision).toBe('fp32');
    expect(warnings).toMatchObject([
      { origin: 'nano', problem: expect.stringContaining('fp32, and not in int8') },
    ]);
  });

  test('that is asked for is refused with the way to make it', async () => {
    await expect(load(nano, { precision: 'int8' })).rejects.toMatchObject({
      code: 'model-unsupported',
      nextStep: expect.stringMatching(
        /precision: 'fp32'.*secondpass optimize MODEL --precision int8 --out DIR/,
      ),
    });
  });

  test('that was made ahead of time runs, near the native scores', async () => {
    const out = join(folder, 'nano-int8');
    await optimizeModel(nano, { precision: 'int8', out });
    await using model = await load(out);
    await using native = await loadCrossEncoder(out, { runtime: onnxRuntime, workers: 1 });
    expect([model.precision, native.precision]).toEqual(['int8', 'int8']);
    const [scores, expected] = [await model.score(request), await native.score(request)];
    for (const [index, { rawScore }] of scores.entries()) {
      expect(Math.abs(rawScore - expected[index]!.rawScore)).toBeLessThan(0.05);
    }
  });
});

test('scores do not depend on what else is in the batch', async () => {
  await using model = await load(nano, { precision: 'fp32' });
  const together = await model.score(request);
  for (const [index, passage] of request.passages.entries()) {
    const [alone] = await model.score({ ...request, passages: [passage] });
    expect(Math.abs(alone!.rawScore - together[index]!.rawScore)).toBeLessThan(1e-4);
  }
});

test('the event loop goes on while a batch is computed', async () => {
  await using model = await load(nano, { precision: 'fp32' });
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 1);
  const passages = Array.from(
    { length: 60 },
    (_, index) => `Passage ${index} is about bread and about salt.`,
  );
  await model.score({ query: request.query, passages });
  clearInterval(timer);
  expect(turns).toBeGreaterThan(10);
});

test('a signal ends a request at once, and the model answers the next one', async () => {
  await using model = await load(tinyBert);
  const leaving = new AbortController();
  const passages = Array.from({ length: 3000 }, (_, index) => `${index} bread and flour`);
  const scoring = model.score({ query: 'bread', passages, signal: leaving.signal });
  const reason = new Error('no longer needed');
  setImmediate(() => leaving.abort(reason));
  await expect(scoring).rejects.toBe(reason);
  expect(await model.score(request)).toHaveLength(2);
});

test('closing ends what is waiting', async () => {
  const model = await load(tinyBert);
  const passages = Array.from({ length: 3000 }, (_, index) => `${index} bread and flour`);
  const scoring = model.score({ query: 'bread', passages }).catch((error) => error.code);
  setImmediate(() => void model.close());
  expect(await scoring).toBe('closed');
  await model.close();
});

test('scores have a fingerprint of their own, so that no cache mixes them with native ones', async () => {
  await using native = await loadCrossEncoder(tinyBert, { runtime: onnxRuntime, workers: 1 });
  await using model = await load(tinyBert);
  expect(model.fingerprint).not.toBe(native.fingerprint);
});

describe('refuses', () => {
  test('a damaged graph', async () => {
    const damaged = damagedCopy('tiny-bert', (directory) => truncateSync(graphOf(directory), 5000));
    await expect(load(damaged)).rejects.toMatchObject({ code: 'model-damaged' });
  });

  test('an accelerator', async () => {
    await expect(load(tinyBert, { executionProvider: 'cuda' })).rejects.toMatchObject({
      code: 'invalid-options',
      problem: expect.stringContaining('executionProvider is cuda'),
    });
  });
});
