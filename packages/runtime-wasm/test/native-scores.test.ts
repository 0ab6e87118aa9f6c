/** What the two runtimes make of the same files. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, jest, test } from '@jest/globals';
import { loadBiEncoder, loadCrossEncoder } from '@secondpass/core';
import type { ModelRuntime } from '@secondpass/core/runtime';
import { onnxRuntime } from '../../runtime-onnx/src/onnx-runtime.ts';
import { wasmRuntime } from '../src/wasm-runtime.ts';

// WebAssembly takes about four times as long, and loads a model slowly.
jest.setTimeout(300_000);

const packages = new URL('../../', import.meta.url);
const path = (relative: string) => fileURLToPath(new URL(relative, packages));
const bundled = JSON.parse(readFileSync(path('models/test/goldens.json'), 'utf8'));
const { query, passages }: { query: string; passages: string[] } = bundled;
const runtimes = [onnxRuntime, wasmRuntime];

const farthest = (one: readonly number[], other: readonly number[]) =>
  Math.max(...one.map((value, index) => Math.abs(value - other[index]!)));

async function rawScores(directory: string, runtime: ModelRuntime): Promise<number[]> {
  await using model = await loadCrossEncoder(directory, {
    runtime,
    workers: 1,
    precision: 'fp32',
    probe: false,
  });
  const scores = await model.score({ query, passages });
  return scores.map(({ rawScore }) => rawScore);
}

async function vectors(directory: string, runtime: ModelRuntime) {
  await using model = await loadBiEncoder(directory, { runtime, workers: 1 });
  const made = await model.embed({ texts: [query, ...passages], kind: 'passage' });
  return { fingerprint: model.fingerprint, values: made.flatMap((vector) => [...vector]) };
}

test.each([
  'models/models/small',
  'models/models/nano',
  'core/test/models/goldens/tiny-bert',
  'core/test/models/goldens/tiny-roberta',
  'core/test/models/families/tiny-electra',
  'core/test/models/families/tiny-xlm-roberta',
  'core/test/models/families/tiny-deberta-v3',
  'core/test/models/families/tiny-modernbert-headless',
  'core/test/models/families/tiny-qwen3',
])('%s: raw scores in fp32 are within 1e-4 of the native ones', async (model) => {
  const [native, wasm] = await Promise.all(runtimes.map((runtime) => rawScores(path(model), runtime)));
  expect(native!.length).toBe(passages.length);
  expect(farthest(native!, wasm!)).toBeLessThan(1e-4);
});

test.each(['small', 'nano'] as const)('%s: raw scores in fp32 are within 1e-3 of Python’s', async (name) => {
  expect(farthest(bundled[name], await rawScores(path(`models/models/${name}`), wasmRuntime))).toBeLessThan(
    1e-3,
  );
});

test.each(['models/models/bi-encoder', 'core/test/models/goldens/tiny-sentence-bert'])(
  '%s: vectors are within 1e-4 of the native ones, and so the same for an index',
  async (model) => {
    const [native, wasm] = await Promise.all(runtimes.map((runtime) => vectors(path(model), runtime)));
    expect(native!.values.length % (passages.length + 1)).toBe(0);
    expect(farthest(native!.values, wasm!.values)).toBeLessThan(1e-4);
    expect(wasm!.fingerprint).toBe(native!.fingerprint);
  },
);
