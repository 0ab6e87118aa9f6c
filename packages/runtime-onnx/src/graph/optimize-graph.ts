import { type Dimension, findDimensions, type TrialTokens } from './dimensions.ts';
import { Graph } from './graph.ts';
import type { Int8Settings } from './int8/quantize-graph.ts';
import { decodeModel, encodeModel } from './onnx/onnx-codec.ts';
import type { ModelProto } from './onnx/onnx-proto.ts';
import type { OptimizationReport } from './optimizer-report.ts';
import { modelInInt8, rewriteModel } from './rewrite-model.ts';
import { largestDifference, refuseBroken } from './self-check.ts';
import { UneditableGraph } from './uneditable-graph.ts';

/** The largest difference from the original's output that an optimized graph may have; relative to outputs above 1. */
export const tolerance = 1e-5;

export interface Optimization {
  readonly report: OptimizationReport;
  /** The new file; absent if the graph is left as it is. */
  readonly file?: Uint8Array;
}

/**
 * Rewrites an ONNX text encoder so that it computes the same result faster, and compares it with the original on
 * random inputs. It never throws: a graph that cannot be optimized is left as it is, and the report says why. It runs
 * the model on the calling thread; see `optimizeInThread`.
 *
 * @param int8 converts the linear layers to int8 afterwards; if that is impossible, no file is made
 */
export async function optimizeGraph(file: Uint8Array, int8?: Int8Settings): Promise<Optimization> {
  let report: OptimizationReport = {
    outcome: 'left-as-it-is',
    reason: '',
    passes: [],
    nodesBefore: 0,
    nodesAfter: 0,
    largestDifference: null,
  };
  try {
    const model = decodeModel(file);
    const nodesBefore = model.graph?.node.length ?? 0;
    report = { ...report, nodesBefore, nodesAfter: nodesBefore };
    if (hasWeightsElsewhere(model))
      return { report: { ...report, reason: 'Its weights are in another file.' } };
    const graph = new Graph(model);
    const tokens = tokensOf(graph);
    const shapes = new Map<string, readonly Dimension[]>(await findDimensions(file, model, tokens));
    const reports = rewriteModel(graph, shapes);
    report = { ...report, passes: reports, nodesAfter: graph.nodes.size };
    const changed = reports.some(({ applied }) => applied > 0);
    const optimized = changed ? encodeModel(model) : file;
    const difference = changed ? await largestDifference(file, optimized, tokens) : null;
    report = { ...report, largestDifference: difference };
    if (difference !== null && !(difference <= tolerance)) {
      const reason = `Its output differed from the original's by ${difference}.`;
      return { report: { ...report, nodesAfter: nodesBefore, reason } };
    }
    if (int8) return await inInt8(optimized, int8, tokens, report);
    if (!changed) return { report: { ...report, reason: 'No pass could change anything.' } };
    return { report: { ...report, outcome: 'optimized' }, file: optimized };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const prefix = error instanceof UneditableGraph ? 'It cannot be edited' : 'It was not understood';
    return { report: { ...report, nodesAfter: report.nodesBefore, reason: `${prefix}: ${reason}.` } };
  }
}

async function inInt8(
  file: Uint8Array,
  settings: Int8Settings,
  tokens: TrialTokens,
  report: OptimizationReport,
): Promise<Optimization> {
  const model = decodeModel(file);
  const { applied, nodes } = modelInInt8(model, settings);
  const passes = [...report.passes, { pass: 'int8', applied, notes: [] }];
  if (applied === 0) {
    const reason = 'No linear layer of it is among the calibrated ones.';
    return { report: { ...report, passes, nodesAfter: report.nodesBefore, reason } };
  }
  const quantized = encodeModel(model);
  await refuseBroken(quantized, tokens);
  return {
    report: { ...report, passes, nodesAfter: nodes, outcome: 'optimized' },
    file: quantized,
  };
}

function hasWeightsElsewhere(model: ModelProto): boolean {
  return (
    model.graph?.initializer.some(({ dataLocation }) => dataLocation === 1) ||
    model.graph?.node.some(({ attribute }) => attribute.some(({ t }) => t?.dataLocation === 1)) ||
    false
  );
}

/** How many token ids and token types the embedding tables have, for trial inputs within their bounds. */
function tokensOf(graph: Graph): TrialTokens {
  const rows = (input: string) => {
    const tables = graph
      .consumers(input)
      .filter(({ opType, input: [, indices] }) => opType === 'Gather' && indices === input)
      .map((node) => tableRows(graph, node.input[0]!))
      .filter((size) => size !== undefined);
    return tables.length > 0 ? Math.min(...tables) : undefined;
  };
  // A graph may compute with token types instead of looking them up; a trial of zeros alone would not notice a mistake there.
  const computed = graph.consumers('token_type_ids').length > 0 ? 2 : 1;
  return {
    vocabulary: rows('input_ids') ?? 100,
    tokenTypes: Math.min(2, rows('token_type_ids') ?? computed),
  };
}

/** A table of int8 goes through DequantizeLinear before it is read. */
function tableRows(graph: Graph, table: string): number | undefined {
  const stored =
    graph.producer(table)?.opType === 'DequantizeLinear' ? graph.producer(table)!.input[0]! : table;
  return graph.constant(stored)?.dims[0];
}
