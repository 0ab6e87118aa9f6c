import { access } from 'node:fs/promises';
import { RetrievalError } from '@secondpass/core';
import type { GraphFile, ModelDirectory, ModelSession, SessionRequest } from '@secondpass/core/runtime';
import { defaultBatchTokens, openPooledSession } from '@secondpass/runtime-common';

// In a checkout, Node runs the TypeScript file; the published package contains JavaScript only. In a module of its own,
// Next.js would not see that the file is in use.
/** The file that a thread runs which holds a model. */
export const sessionScript = new URL(
  import.meta.url.endsWith('.ts') ? './session-worker.ts' : './session-worker.js',
  import.meta.url,
);

/** Measured: each thread compiles the module for itself, and has the file twice while it loads it. */
const threadMemory = { perThread: 300 * 2 ** 20, residentShare: 4 };

const makeInt8 =
  'Make it where @secondpass/runtime-onnx runs by `secondpass optimize MODEL --precision int8 --out DIR`, and load DIR.';

/** Loads a model's graph, or the given file, into as many threads as the options state. */
export async function openSession(request: SessionRequest): Promise<ModelSession> {
  const { origin, model, options } = request;
  const refuse = (problem: string, nextStep: string) =>
    new RetrievalError({ code: 'invalid-options', origin, problem, nextStep });
  if (options.executionProvider !== 'cpu') {
    throw refuse(
      `executionProvider is ${options.executionProvider}, and WebAssembly computes on the processor.`,
      "Leave executionProvider out, or install @secondpass/runtime-onnx and give runtime: 'onnx'.",
    );
  }
  const graph = request.graph ?? (model && graphOf(model, request));
  if (!graph) throw refuse('Neither a model nor a graph is given.', 'Give the request a model or a graph.');
  if (await hasWeightsElsewhere(graph.path)) {
    throw new RetrievalError({
      code: 'model-unsupported',
      origin,
      problem: 'Its weights are in a file of their own, above 2 GB, which WebAssembly cannot load.',
      nextStep: "Take a smaller model, or a platform for @secondpass/runtime-onnx and runtime: 'onnx'.",
    });
  }
  return openPooledSession(request, {
    graph,
    script: sessionScript,
    memory: threadMemory,
    batchTokens: () => options.maxBatchTokens ?? defaultBatchTokens.processor,
  });
}

/** The model's own file as it is: what turns a graph into int8 needs the native runtime. */
function graphOf(model: ModelDirectory, { origin, options }: SessionRequest): GraphFile {
  const { graph, manifest, precision, activationRanges } = model;
  if (activationRanges === undefined) {
    return { path: graph, precision, batchInvariant: manifest.batchInvariant ?? precision === 'fp32' };
  }
  if (options.precision === undefined) {
    options.onWarning?.({
      origin,
      problem:
        'The model runs in fp32, and not in int8, its default: WebAssembly does not turn a graph into int8.',
      nextStep: `Give precision: 'fp32' if that is what you want, or: ${makeInt8}`,
    });
    return { path: graph, precision: 'fp32', batchInvariant: true };
  }
  throw new RetrievalError({
    code: 'model-unsupported',
    origin,
    problem: 'int8 is asked for, and this runtime does not turn a graph into int8.',
    nextStep: `Give precision: 'fp32', or: ${makeInt8}`,
  });
}

function hasWeightsElsewhere(graph: string): Promise<boolean> {
  const isThere = (path: string) =>
    access(path).then(
      () => true,
      () => false,
    );
  return Promise.all([isThere(`${graph}_data`), isThere(`${graph}.data`)]).then((found) =>
    found.includes(true),
  );
}
