/** The thread that runs a model. Only this file, `feeds.ts` and `graph/model-run.ts` know ONNX Runtime. */
import { serveSession } from '@secondpass/runtime-common/thread';
import { InferenceSession, Tensor } from 'onnxruntime-node';

await serveSession({
  open: (path, provider, threads) =>
    InferenceSession.create(path, {
      executionProviders: [provider],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: 'all',
      // Batches have many different shapes, and the runtime would keep a memory plan for each of them.
      enableMemPattern: false,
      // Allocate weights at their exact size: the arena would round them up, and the process would take 10 % more
      // memory.
      extra: { session: { use_device_allocator_for_initializers: '1' } },
      // Errors reach the caller as rejections; a warning on standard error would be lost.
      logSeverityLevel: 4,
    }),
  tensorOf: (type, data, dims) => new Tensor(type, data as never, dims),
});
