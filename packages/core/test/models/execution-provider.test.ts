import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { type ExecutionProvider, loadCrossEncoder } from '../../src/index.ts';

const directory = fileURLToPath(new URL('./goldens/tiny-bert', import.meta.url));

/** Providers that onnxruntime-node does not have on this system; none of its builds has OpenVINO. */
const absent: readonly ExecutionProvider[] =
  process.platform === 'darwin' ? ['openvino', 'dml', 'cuda'] : ['openvino', 'coreml'];

test.each(absent)('a provider that is not on the machine is named: %s', async (executionProvider) => {
  const loading = loadCrossEncoder(directory, { executionProvider, workers: 1 });
  await expect(loading).rejects.toMatchObject({
    code: 'invalid-options',
    problem: expect.stringContaining(`The execution provider ${executionProvider} is not available here`),
    nextStep: expect.stringContaining("executionProvider: 'cpu'"),
  });
});

test('an unknown provider is refused before anything is loaded', async () => {
  const loading = loadCrossEncoder(directory, { executionProvider: 'npu' as 'cpu' });
  await expect(loading).rejects.toMatchObject({ code: 'invalid-options', nextStep: /cpu, cuda/ });
});

test('the processor can be named', async () => {
  const model = await loadCrossEncoder(directory, { executionProvider: 'cpu', workers: 1 });
  expect(await model.score({ query: 'a bridge', passages: ['a lighthouse'] })).toHaveLength(1);
  await model.close();
});
