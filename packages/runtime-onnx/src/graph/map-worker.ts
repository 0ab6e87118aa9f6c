/** The thread that makes a mapped graph: ONNX Runtime loads the graph, and must not do so on the event loop. */
import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { parentPort } from 'node:worker_threads';
import { sha256Of } from '@secondpass/core/runtime';
import { inNativeCode, modelThreadTask } from '@secondpass/runtime-common/thread';
import { InferenceSession } from 'onnxruntime-node';
import { alignWeights } from './aligned-weights.ts';
import type { MapReply, MapTask } from './mapped-graph.ts';

const { source, target, location } = modelThreadTask<MapTask>();
const written = { graph: `${target}.written.onnx`, weights: `${target}.written.weights` };
try {
  await inNativeCode(async () => {
    const session = await InferenceSession.create(source, {
      executionProviders: ['cpu'],
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      graphOptimizationLevel: 'all',
      optimizedModelFilePath: written.graph,
      extra: {
        session: {
          // From the graph's folder.
          optimized_model_external_initializers_file_name: basename(written.weights),
          optimized_model_external_initializers_min_size_in_bytes: '1024',
          save_external_prepacked_constant_initializers: '1',
          use_device_allocator_for_initializers: '1',
        },
      },
      logSeverityLevel: 4,
    });
    await session.release();
  });
  const made = { graph: `${target}.onnx`, weights: `${target}.weights` };
  await alignWeights(written, made, location);
  parentPort!.postMessage({
    graph: await sha256Of(made.graph),
    weights: await sha256Of(made.weights),
  } satisfies MapReply);
} finally {
  await Promise.allSettled(Object.values(written).map((file) => rm(file, { force: true })));
}
