import { RetrievalError } from '@secondpass/core';
import type { ModelSession, RunRequest, SessionRequest } from '@secondpass/core/runtime';
import { graphToRun } from '../graph/graph-to-run.ts';
import { planBatches, planRankedBatches } from './batches.ts';
import { sizeOfModel, workersFor } from './default-sizes.ts';
import { SessionPool } from './session-pool.ts';
import { SharedCores } from './shared-cores.ts';
import { batchTokensFor } from './tuned-batch-tokens.ts';

/** The cores of this process, shared by all of its models: each has threads enough for all of them when it is alone. */
const processCores = new SharedCores();

/** Loads a model's graph, or the file given, into as many threads as the options say. */
export async function openSession(request: SessionRequest): Promise<ModelSession> {
  const { origin, model, options, outputs, head, projections, paddingSide, firstPosition, statesInput } =
    request;
  const { executionProvider, maxQueuedBatches } = options;
  const graph = request.graph ?? (await graphOf(request));
  const modelBytes = await sizeOfModel(graph.path);
  const workers = options.workers ?? workersFor({ executionProvider, modelBytes });
  const maxBatchTokens = await batchTokensFor(model, { ...options, workers });
  const pool = await SessionPool.open({
    origin,
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
  // With a deadline the best candidates come first; without one, batches of like lengths waste the least.
  const run = (asked: RunRequest<unknown>) => {
    const plan = asked.deadlineAt === undefined ? planBatches : planRankedBatches;
    return pool.run(asked, (lengths) => plan(lengths, maxBatchTokens));
  };
  return { precision: graph.precision, run: run as ModelSession['run'], close: () => pool.close() };
}

function graphOf({ origin, model, options, signal }: SessionRequest) {
  if (model)
    return graphToRun(model, options.optimize, options.precision, { onWarning: options.onWarning, signal });
  throw new RetrievalError({
    code: 'invalid-options',
    origin,
    problem: 'Neither a model nor a graph is given.',
    nextStep: 'Give the request a model or a graph.',
  });
}
