import { join, relative, sep } from 'node:path';
import type { Precision } from '@secondpass/core';
import { checkOptions, oneOf, text, untilAborted } from '@secondpass/core/extend';
import {
  fileDigest,
  type ModelDirectory,
  openModelDirectory,
  quantizedGraph,
} from '@secondpass/core/runtime';
import { z } from 'zod';
import { copyModel, prepareOut } from './copy-model.ts';
import { type OptimizedGraph, openOptimizedGraph } from './graph-cache.ts';
import { int8SettingsOf } from './int8/int8-settings.ts';
import { notInInt8 } from './int8/not-in-int8.ts';

/** What {@link optimizeModel} makes, and where it writes it. */
export interface OptimizeModelOptions {
  /**
   * The precision of the computation; int8 of a calibrated model is made from its fp32 graph.
   * @default the manifest's, otherwise fp32
   */
  readonly precision?: Precision;
  /** A folder to write a whole model directory to: new, or empty. @default only the cache is filled */
  readonly out?: string;
}

const optionsSchema = z.strictObject({
  precision: oneOf(['fp32', 'int8']).optional(),
  out: text.optional(),
});

/** The graph that a model runs: its optimized form from the cache, made if it is missing. */
export async function optimizedGraphOf(model: ModelDirectory, signal?: AbortSignal): Promise<OptimizedGraph> {
  const sha256 = await fileDigest(model, model.graph);
  const work = openOptimizedGraph(model.graph, sha256, await int8SettingsOf(model, sha256));
  // After an abort the work continues, for others that load the same graph and for the cache.
  return signal ? untilAborted(work, signal) : work;
}

/**
 * Optimizes a model's graph ahead of its first load: into the cache, and with `out` into a copy of the directory.
 *
 * A copy in int8 has the weights rounded for the kind of processor that it is made on: one that is made without VNNI runs
 * everywhere, one that is made with it is for processors like it.
 *
 * @param directory path of the model's files
 * @returns the graph that is run from now on, and what was done
 * @throws RetrievalError `model-not-found`, `model-damaged`, `invalid-options` for `out`, or `model-unsupported` where int8
 * cannot be made and `precision` or `out` asks for it
 *
 * @example
 * import { modelDirectory } from '@secondpass/models';
 * import { optimizeModel } from '@secondpass/runtime-onnx';
 * const { report } = await optimizeModel(modelDirectory('nano'), { out: 'optimized-nano' });
 * report.outcome; // → 'optimized'
 */
export async function optimizeModel(
  directory: string,
  options: OptimizeModelOptions = {},
): Promise<OptimizedGraph> {
  checkOptions(optionsSchema, options, { origin: 'optimize-model' });
  const { precision, out } = options;
  const model = await openModelDirectory(directory, precision);
  const target = out === undefined ? undefined : await prepareOut(out, model);
  const optimized = await optimizedGraphOf(model);
  const turned = model.activationRanges !== undefined;
  if (turned && optimized.report.outcome !== 'optimized' && (precision ?? out) !== undefined) {
    throw notInInt8(model.name, optimized.report.reason);
  }
  if (target === undefined) return optimized;
  const file = turned ? quantizedGraph : relative(model.path, model.graph).split(sep).join('/');
  const changes = turned ? ({ arithmetic: 'int8', batchInvariant: true } as const) : {};
  await copyModel(model, target, { source: optimized.path, file, changes });
  return { ...optimized, path: join(target, file) };
}
