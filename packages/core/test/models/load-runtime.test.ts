import { describe, expect, test } from '@jest/globals';
import { onnxRuntime } from '../../../runtime-onnx/src/onnx-runtime.ts';
import { unsupportedPlatform } from '../../../runtime-onnx/src/unsupported-platform.ts';
import { wasmRuntime } from '../../../runtime-wasm/src/wasm-runtime.ts';
import { loadCrossEncoder } from '../../src/index.ts';
import { firstRuntime, loadRuntime } from '../../src/models/runtime/load-runtime.ts';
import { type ModelRuntime, runtimeNames } from '../../src/models/runtime/model-runtime.ts';

const onAlpine = () => unsupportedPlatform({ platform: 'linux', arch: 'x64', musl: true });
/** As Node.js says it. */
const missing = (name: string) =>
  Object.assign(new Error(`Cannot find package '@secondpass/runtime-${name}' imported from core.`), {
    code: 'ERR_MODULE_NOT_FOUND',
  });
const installed = (runtimes: { readonly onnx?: ModelRuntime; readonly wasm?: ModelRuntime }) =>
  firstRuntime(runtimeNames, async (name) => {
    const runtime = runtimes[name];
    if (!runtime) throw missing(name);
    return runtime;
  });

describe('without a word from the caller', () => {
  test('the native runtime is taken where it is installed and runs', async () => {
    expect(await installed({ onnx: onnxRuntime, wasm: wasmRuntime })).toBe(onnxRuntime);
    expect((await loadRuntime()).name).toBe('onnxruntime-node');
  });

  test('WebAssembly is taken where the native one is missing, or has no build', async () => {
    expect(await installed({ wasm: wasmRuntime })).toBe(wasmRuntime);
    const onnx = { ...onnxRuntime, unsupported: onAlpine };
    expect(await installed({ onnx, wasm: wasmRuntime })).toBe(wasmRuntime);
  });

  test('both install lines are named where neither is installed', async () => {
    await expect(installed({})).rejects.toMatchObject({
      code: 'missing-dependency',
      nextStep: expect.stringMatching(
        /npm install @secondpass\/runtime-onnx;.*Alpine.*npm install @secondpass\/runtime-wasm/,
      ),
    });
  });

  test('the line of the other one is named where the native one has no build', async () => {
    await expect(installed({ onnx: { ...onnxRuntime, unsupported: onAlpine } })).rejects.toMatchObject({
      code: 'missing-dependency',
      problem: 'onnxruntime-node has no build for linux-x64 (musl).',
      nextStep: expect.stringContaining('npm install @secondpass/runtime-wasm'),
    });
  });
});

test('a name or a runtime of one’s own is what is taken', async () => {
  expect((await loadRuntime('wasm')).name).toBe('onnxruntime-web');
  expect((await loadRuntime('onnx')).name).toBe('onnxruntime-node');
  expect(await loadRuntime(wasmRuntime)).toBe(wasmRuntime);
  await expect(loadCrossEncoder('nowhere', { runtime: 'native' as never })).rejects.toMatchObject({
    code: 'invalid-options',
    nextStep: expect.stringContaining('one of onnx, wasm'),
  });
});

test.each([
  ['linux', 'x64', false, true],
  ['linux', 'arm64', false, true],
  ['darwin', 'arm64', false, true],
  ['win32', 'x64', false, true],
  ['linux', 'arm64', true, false],
  ['darwin', 'x64', false, false],
  ['linux', 'riscv64', false, false],
])('the native runtime on %s %s, musl %s: %s', (platform, arch, musl, runs) => {
  expect(unsupportedPlatform({ platform, arch, musl }) === undefined).toBe(runs);
});
