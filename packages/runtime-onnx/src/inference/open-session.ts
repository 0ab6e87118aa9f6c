import { RetrievalError } from '@secondpass/core';
import type { ModelSession, SessionRequest } from '@secondpass/core/runtime';
import { openPooledSession } from '@secondpass/runtime-common';
import { graphToRun } from '../graph/graph-to-run.ts';
import { mappedGraphOf } from '../graph/mapped-graph.ts';
import { batchTokensFor } from './tuned-batch-tokens.ts';

// In a checkout, Node runs the TypeScript file; the published package contains JavaScript only. In a module of its own,
// Next.js would not see that the file is in use.
/** The file that a thread runs which holds a model. */
export const sessionScript = new URL(
  import.meta.url.endsWith('.ts') ? './session-worker.ts' : './session-worker.js',
  import.meta.url,
);

/** Loads a model's graph, or the given file, into as many threads as the options state. */
export async function openSession(request: SessionRequest): Promise<ModelSession> {
  const { model, options, signal } = request;
  const graph = request.graph ?? (await graphOf(request));
  // An accelerator has its own copy of the weights.
  const shared = options.optimize && options.executionProvider === 'cpu';
  return openPooledSession(request, {
    graph: shared ? { ...graph, path: await mappedGraphOf(graph.path, signal) } : graph,
    script: sessionScript,
    batchTokens: (workers) => batchTokensFor(model, { ...options, workers }),
  });
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
