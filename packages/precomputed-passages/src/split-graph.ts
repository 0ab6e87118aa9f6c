import type { ModelProto, ValueInfoProto } from '@secondpass/runtime-onnx/graph';
import { dataType, decodeModel, encodeModel, Graph } from '@secondpass/runtime-onnx/graph';

/** An ONNX graph in two: the first ends where the second begins. */
export interface SplitGraph {
  /** Token ids → one state per token, its only output. */
  readonly lower: Uint8Array;
  /** States and token ids → the graph's own outputs. */
  readonly upper: Uint8Array;
}

/**
 * Cuts a graph at one value: fp32, [batch, sequence, numbers]. Everything that makes the value goes into the lower graph,
 * and everything else that the outputs need into the upper one, where the value is an input of the same name.
 *
 * @throws Error where no node makes the value, or the outputs do not depend on it
 */
export function splitGraph(file: Uint8Array, states: string): SplitGraph {
  return { lower: lowerGraph(decodeModel(file), states), upper: upperGraph(decodeModel(file), states) };
}

function lowerGraph(model: ModelProto, states: string): Uint8Array {
  if (!new Graph(model).producer(states)) throw new Error(`no node of the graph makes ${states}`);
  model.graph!.output = [valueInfo(states)];
  return encodePruned(model);
}

function upperGraph(model: ModelProto, states: string): Uint8Array {
  model.graph!.node = model.graph!.node.filter(({ output }) => !output.includes(states));
  model.graph!.input.push(valueInfo(states));
  return encodePruned(model, states);
}

function encodePruned(model: ModelProto, needed?: string): Uint8Array {
  const graph = new Graph(model);
  graph.removeDead();
  graph.finish();
  const read = new Set([...graph.nodes].flatMap(({ input }) => input));
  if (needed !== undefined && !read.has(needed)) {
    throw new Error(`the graph's outputs do not depend on ${needed}`);
  }
  model.graph!.input = model.graph!.input.filter(({ name = '' }) => read.has(name));
  return encodeModel(model);
}

function valueInfo(name: string): ValueInfoProto {
  const dim = ['batch', 'sequence', 'numbers'].map((dimParam) => ({ dimParam }));
  return { name, type: { tensorType: { elemType: dataType.float, shape: { dim } } }, metadataProps: [] };
}
