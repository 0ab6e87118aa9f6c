import type { GraphFile, ModelSession, RunRequest, SessionRequest } from '@secondpass/core/runtime';
import { planBatches, planRankedBatches } from './batches.ts';
import { sizeOfModel, type ThreadMemory, workersFor } from './default-sizes.ts';
import { SessionPool } from './session-pool.ts';
import { SharedCores } from './shared-cores.ts';

/** The cores of this process, shared by all of its models: each model has enough threads to use all of them alone. */
const processCores = new SharedCores();

/** What a runtime found for a request. */
export interface PooledGraph {
  readonly graph: GraphFile;
  /** The file that a thread runs; it calls `serveSession`. */
  readonly script: URL;
  /** @default as the native build of ONNX Runtime */
  readonly memory?: ThreadMemory;
  /** Padded tokens of a batch at most, for so many workers. */
  readonly batchTokens: (workers: number) => number | Promise<number>;
}

/**
 * Loads a graph file into as many threads as the options say.
 *
 * @example
 * import { writeFile } from 'node:fs/promises';
 * import { resolve } from 'node:path';
 * import { pathToFileURL } from 'node:url';
 * import { checkEncoderOptions } from '@secondpass/core/runtime';
 * import { openPooledSession } from '@secondpass/runtime-common';
 * await writeFile('pooled-session.mjs', `import { serveSession } from '@secondpass/runtime-common/thread';
 *   const run = async () => ({ logits: { type: 'float32', data: Float32Array.of(0.5), dims: [1, 1] } });
 *   const graph = { inputNames: ['input_ids'], outputNames: ['logits'], run, release: async () => {} };
 *   await serveSession({ open: async () => graph, tensorOf: (type, data) => data }); // in earnest: ONNX Runtime`);
 * const options = checkEncoderOptions({ workers: 1 }, 'my-model');
 * const graph = { path: resolve('model.onnx'), precision: 'fp32', batchInvariant: true } as const;
 * const script = pathToFileURL('pooled-session.mjs');
 * const request = { origin: 'my-model', options, outputs: ['logits'] };
 * const session = await openPooledSession(request, { graph, script, batchTokens: () => 256 });
 * const sequences = [{ ids: Int32Array.of(101, 102), typeIds: Int32Array.of(0, 0) }];
 * await session.run({ sequences, read: ({ data }) => data[0] }); // → [ 0.5 ]
 * await session.close();
 */
export async function openPooledSession(
  request: SessionRequest,
  { graph, script, memory, batchTokens }: PooledGraph,
): Promise<ModelSession> {
  const { origin, options, outputs, head, projections, paddingSide, firstPosition, statesInput } = request;
  const { executionProvider, maxQueuedBatches } = options;
  const modelBytes = await sizeOfModel(graph.path);
  const workers = options.workers ?? workersFor({ executionProvider, modelBytes, memory });
  const maxBatchTokens = await batchTokens(workers);
  const pool = await SessionPool.open({
    origin,
    script,
    settings: {
      graph: graph.path,
      preferredOutputs: outputs,
      threads: 1,
      executionProvider,
      ...(head && { head }),
      ...(projections && { projections }),
      ...(paddingSide && { paddingSide }),
      ...(firstPosition !== undefined && { firstPosition }),
      ...(statesInput !== undefined && { statesInput }),
    },
    workers,
    maxBatchTokens,
    maxQueuedBatches,
    joining: graph.batchInvariant,
    ...(executionProvider === 'cpu' && { cores: processCores }),
    onWarning: options.onWarning,
    signal: request.signal,
  });
  // With a deadline the best candidates come first; without one, batches of similar lengths waste the least.
  const run = (asked: RunRequest<unknown>) => {
    const plan = asked.deadlineAt === undefined ? planBatches : planRankedBatches;
    return pool.run(asked, (lengths) => plan(lengths, maxBatchTokens));
  };
  return { precision: graph.precision, run: run as ModelSession['run'], close: () => pool.close() };
}
