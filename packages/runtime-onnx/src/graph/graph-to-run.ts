import type { Precision } from '@secondpass/core';
import type { GraphFile, ModelDirectory } from '@secondpass/core/runtime';
import { notInInt8 } from './int8/not-in-int8.ts';
import { optimizedGraphOf } from './optimize-model.ts';

/**
 * The file that a model's sessions load.
 *
 * @param optimize whether the graph is rewritten to run faster; int8 by calibration is always made by rewriting
 * @param asked the precision that the caller named, if any
 * @throws RetrievalError `model-unsupported` where int8 was asked for and cannot be made
 */
export async function graphToRun(
  model: ModelDirectory,
  optimize: boolean,
  asked: Precision | undefined,
): Promise<GraphFile> {
  const { graph, manifest, precision, activationRanges } = model;
  // An int8 file of somebody else's takes its scales from each batch, unless its manifest says otherwise.
  const batchInvariant = manifest.batchInvariant ?? (precision === 'fp32' || activationRanges !== undefined);
  if (activationRanges === undefined) {
    const path = optimize ? (await optimizedGraphOf(model)).path : graph;
    return { path, precision, batchInvariant };
  }
  const { path, report } = await optimizedGraphOf(model);
  if (report.outcome === 'optimized') return { path, precision, batchInvariant };
  if (asked === undefined) return { path: graph, precision: 'fp32', batchInvariant };
  throw notInInt8(model.name, report.reason);
}
