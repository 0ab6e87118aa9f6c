/** The thread that runs a model. Only this file knows ONNX Runtime. */
import { readFile } from 'node:fs/promises';
import { serveSession } from '@secondpass/runtime-common/thread';
import { env, InferenceSession, Tensor } from 'onnxruntime-web';

// A batch has a thread of its own, as with the native build; more inside an operator would only share its core.
env.wasm.numThreads = 1;
env.logLevel = 'error';

await serveSession({
  open: async (path, _provider, threads) =>
    InferenceSession.create(await readFile(path), {
      executionProviders: ['wasm'],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: 'all',
      // Batches have many different shapes, and the runtime would keep a memory plan for each of them.
      enableMemPattern: false,
      // Errors reach the caller as rejections; a warning on standard error would be lost.
      logSeverityLevel: 4,
    }),
  tensorOf: (type, data, dims) => new Tensor(type, data as never, dims),
});
