import type { Precision } from '@secondpass/core';
import type { GraphFile, ModelDirectory, OnWarning } from '@secondpass/core/runtime';
import { notInInt8 } from './int8/not-in-int8.ts';
import { optimizedGraphOf } from './optimize-model.ts';

export interface GraphToRunOptions {
  /** Called when the model runs slower than it could. */
  readonly onWarning?: OnWarning | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The file that a model's sessions load.
 *
 * @param optimize whether the graph is rewritten to run faster; int8 by calibration is always made by rewriting
 * @param asked the precision that the caller named, if any
 * @throws RetrievalError `model-unsupported` if int8 was asked for and cannot be made
 *
 * @example
 * import { openModelDirectory } from '@secondpass/core/runtime';
 * import { modelDirectory } from '@secondpass/models';
 * import { graphToRun } from '@secondpass/runtime-onnx/graph';
 * const model = await openModelDirectory(modelDirectory('nano'));
 * (await graphToRun(model, true, undefined)).precision; // → 'int8'
 */
export async function graphToRun(
  model: ModelDirectory,
  optimize: boolean,
  asked: Precision | undefined,
  { onWarning, signal }: GraphToRunOptions = {},
): Promise<GraphFile> {
  const { graph, manifest, precision, activationRanges, name } = model;
  // A third-party int8 file computes its scales from each batch, unless its manifest says otherwise.
  const batchInvariant = manifest.batchInvariant ?? (precision === 'fp32' || activationRanges !== undefined);
  if (activationRanges === undefined && !optimize) return { path: graph, precision, batchInvariant };
  const { path, report, failed } = await optimizedGraphOf(model, signal);
  const warn = (problem: string) =>
    onWarning?.({
      origin: name,
      problem,
      nextStep:
        'Make it ahead of time with `secondpass optimize MODEL --out DIR`, or set SECONDPASS_CACHE to a folder that can be written.',
    });
  if (activationRanges === undefined) {
    if (failed) warn(`The graph runs unoptimized, and slower: ${report.reason}`);
    return { path, precision, batchInvariant };
  }
  if (report.outcome === 'optimized') return { path, precision, batchInvariant };
  if (asked !== undefined) throw notInInt8(name, report.reason);
  warn(`The model runs in fp32 instead of int8, its default: ${report.reason}`);
  return { path: graph, precision: 'fp32', batchInvariant };
}
