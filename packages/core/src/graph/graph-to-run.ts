import type { ModelDirectory, Precision } from '../model-directory/model-directory.ts';
import { notInInt8 } from './int8/not-in-int8.ts';
import { optimizedGraphOf } from './optimize-model.ts';

export interface GraphToRun {
  /** Absolute path of the ONNX file. */
  readonly path: string;
  /** What it computes in: not what the directory would have where int8 could not be made and nobody asked for it. */
  readonly precision: Precision;
  /** Whether a row of its output does not depend on what else is in the batch. */
  readonly batchInvariant: boolean;
}

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
): Promise<GraphToRun> {
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
