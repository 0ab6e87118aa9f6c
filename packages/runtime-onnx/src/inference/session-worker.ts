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
      // Batches have ever new shapes, and a memory plan would be kept for each of them.
      enableMemPattern: false,
      // Weights in blocks of their own size: the arena would round them up, to 10 % more memory for the process.
      extra: { session: { use_device_allocator_for_initializers: '1' } },
      // Errors reach the caller as rejections; a warning on standard error would not reach the caller.
      logSeverityLevel: 4,
    }),
  tensorOf: (type, data, dims) => new Tensor(type, data as never, dims),
});
