import { createHash } from 'node:crypto';
import { Graph } from './graph.ts';
import type { Int8Settings } from './int8/quantize-graph.ts';
import { decodeModel, encodeModel } from './onnx/onnx-codec.ts';
import type { OptimizationReport } from './optimizer-report.ts';
import { modelInInt8, rewriteModel } from './rewrite-model.ts';

/** An optimized graph that was made, and compared with its original, before this package was published. */
export interface CheckedGraph {
  /** Digest of what comes out, hexadecimal. */
  readonly sha256: string;
  /** What was found when it was checked. */
  readonly report: OptimizationReport;
}

/**
 * Makes a graph that was checked before. No model is run, neither to find shapes nor to compare: the digest tells that what
 * comes out is what was compared. Rewrites that need shapes change nothing in the graphs that are known.
 *
 * @returns `undefined` where something else comes out; then it has to be made and checked in full
 */
export function makeCheckedGraph(
  file: Uint8Array,
  { sha256, report }: CheckedGraph,
  int8?: Int8Settings,
): { readonly file: Uint8Array; readonly report: OptimizationReport } | undefined {
  try {
    const model = decodeModel(file);
    rewriteModel(new Graph(model), new Map());
    if (int8) modelInInt8(model, int8);
    const made = encodeModel(model);
    const same = createHash('sha256').update(made).digest('hex') === sha256;
    return same ? { file: made, report } : undefined;
  } catch {
    // The full way finds out why, and says so.
    return undefined;
  }
}
