import { RetrievalError } from '@secondpass/core';
import type { ModelSession, RunRequest, SessionRequest } from '@secondpass/core/runtime';
import { graphToRun } from '../graph/graph-to-run.ts';
import { planBatches, planRankedBatches } from './batches.ts';
import { defaultWorkers } from './cpu-quota.ts';
import { SessionPool } from './session-pool.ts';
import { batchTokensFor } from './tuned-batch-tokens.ts';

/** Loads a model's graph, or the file given, into as many threads as the options say. */
export async function openSession(request: SessionRequest): Promise<ModelSession> {
  const { origin, model, options, outputs, head, projections, paddingSide, firstPosition, statesInput } =
    request;
  const graph = request.graph ?? (await graphOf(request));
  const maxBatchTokens = await batchTokensFor(model, options);
  const pool = await SessionPool.open({
    origin,
    settings: {
      graph: graph.path,
      preferredOutputs: outputs,
      threads: 1,
      executionProvider: options.executionProvider,
      ...(head && { head }),
      ...(projections && { projections }),
      ...(paddingSide && { paddingSide }),
      ...(firstPosition !== undefined && { firstPosition }),
      ...(statesInput !== undefined && { statesInput }),
    },
    workers: options.workers ?? defaultWorkers(),
    maxBatchTokens,
    maxQueuedBatches: options.maxQueuedBatches,
    joining: graph.batchInvariant,
    signal: request.signal,
  });
  // With a deadline the best candidates come first; without one, batches of like lengths waste the least.
  const run = (asked: RunRequest<unknown>) => {
    const plan = asked.deadlineAt === undefined ? planBatches : planRankedBatches;
    return pool.run(asked, (lengths) => plan(lengths, maxBatchTokens));
  };
  return { precision: graph.precision, run: run as ModelSession['run'], close: () => pool.close() };
}

function graphOf({ origin, model, options }: SessionRequest) {
  if (model) return graphToRun(model, options.optimize, options.precision);
  throw new RetrievalError({
    code: 'invalid-options',
    origin,
    problem: 'Neither a model nor a graph is given.',
    nextStep: 'Give the request a model or a graph.',
  });
}
