import { Graph } from './graph.ts';
import { type Int8Settings, quantizeGraph } from './int8/quantize-graph.ts';
import type { ModelProto } from './onnx/onnx-proto.ts';
import { constantReshapes } from './passes/constant-reshapes.ts';
import { emptyRowGuards } from './passes/empty-row-guards.ts';
import { firstToken } from './passes/first-token.ts';
import { inputShapes } from './passes/input-shapes.ts';
import type { Pass, PassReport, Shapes } from './passes/pass.ts';
import { residualSums } from './passes/residual-sums.ts';

const passes: readonly Pass[] = [constantReshapes, inputShapes, emptyRowGuards, firstToken, residualSums];

/**
 * Rewrites a model in place by all passes.
 *
 * @param shapes of its values; the passes keep them up to date
 * @returns what each pass did
 */
export function rewriteModel(graph: Graph, shapes: Shapes): readonly PassReport[] {
  const reports = passes.map((pass) => {
    const done = pass(graph, shapes);
    // A reader that reaches no output would look to the next pass as if it needed something.
    graph.removeDead();
    return done;
  });
  graph.finish();
  return reports;
}

/**
 * Turns a model's linear layers into int8 in place.
 *
 * @returns how many layers were turned, and how many nodes the graph has then
 */
export function modelInInt8(
  model: ModelProto,
  settings: Int8Settings,
): { readonly applied: number; readonly nodes: number } {
  const graph = new Graph(model);
  const applied = quantizeGraph(graph, settings);
  graph.removeDead();
  graph.finish();
  return { applied, nodes: graph.nodes.size };
}
