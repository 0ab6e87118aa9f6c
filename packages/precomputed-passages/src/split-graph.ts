import { concatenate, type TokenSequence } from '@secondpass/core/runtime';
import type { ModelProto, ValueInfoProto } from '@secondpass/runtime-onnx/graph';
import { dataType, decodeModel, encodeModel, Graph } from '@secondpass/runtime-onnx/graph';
import { feedsOf, openForTrial, type TrialSession } from '@secondpass/runtime-onnx/trial';

/** An ONNX graph in two: the first ends where the second begins. */
export interface SplitGraph {
  /** Token ids → one state per token, its only output. */
  readonly lower: Uint8Array;
  /** States and token ids → the graph's own outputs. */
  readonly upper: Uint8Array;
}

/**
 * Cuts a graph at one value: fp32, [batch, sequence, numbers]. Every node that the value depends on goes into the
 * lower graph, and everything else that the outputs need into the upper one, where the value is an input of the same
 * name.
 *
 * @throws Error if no node makes the value, or the outputs do not depend on it
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

/** The parts of trial texts and their inputs. */
export interface TrialPairs {
  /** Token ids are below it. */
  readonly vocabulary: number;
  readonly queryTypeId: number;
  readonly passageTypeId: number;
  readonly firstPosition: number;
}

/** Tokens of query and passage: short, long and unequal ones, and so padding. */
const lengths = [
  [3, 9],
  [7, 24],
  [5, 2],
  [12, 17],
] as const;

/**
 * Scores random pairs by the whole graph, and by the lower graph on each text alone and the upper one on both.
 *
 * @returns the largest difference, relative to the whole graph's number if that is above 1; NaN if an output is not a
 * number or has another shape
 */
export async function differenceOfSplit(
  whole: Uint8Array,
  { lower, upper }: SplitGraph,
  states: string,
  trial: TrialPairs,
): Promise<number> {
  const sessions = await Promise.all([whole, lower, upper].map((file) => openForTrial(file, 'all')));
  const [wholeSession, lowerSession, upperSession] = sessions as [TrialSession, TrialSession, TrialSession];
  const run = async (session: TrialSession, sequences: readonly TokenSequence[]) => {
    const { firstPosition } = trial;
    const settings = { paddingSide: 'right', firstPosition, statesInput: states } as const;
    const output = session.outputNames[0]!;
    const results = await session.run(feedsOf(sequences, session.inputNames, settings), [output]);
    return results[output]!;
  };
  const alone = async (text: TokenSequence) => {
    const { data, dims } = await run(lowerSession, [text]);
    if (dims.length !== 3 || dims[1] !== text.ids.length)
      throw new Error(`${states} has the shape [${dims}]`);
    return { width: dims[2]!, values: data as Float32Array };
  };
  try {
    const pairs: TokenSequence[] = [];
    for (const parts of trialTexts(trial)) {
      const partStates = [await alone(parts[0]!), await alone(parts[1]!)];
      pairs.push({ ...concatenate(parts), states: partStates });
    }
    const expected = await run(wholeSession, pairs);
    const actual = await run(upperSession, pairs);
    if (expected.dims.join() !== actual.dims.join()) return Number.NaN;
    return largest(expected.data as Float32Array, actual.data as Float32Array);
  } finally {
    await Promise.all(sessions.map((session) => session.release()));
  }
}

function trialTexts({ vocabulary, queryTypeId, passageTypeId }: TrialPairs): TokenSequence[][] {
  // The same numbers on every machine (Park & Miller 1988).
  let seed = 7;
  const next = () => {
    seed = (seed * 48271) % 2147483647;
    return Math.floor((seed / 2147483647) * vocabulary);
  };
  const text = (length: number, typeId: number): TokenSequence => ({
    ids: Int32Array.from({ length }, next),
    typeIds: new Int32Array(length).fill(typeId),
  });
  return lengths.map(([query, passage]) => [text(query, queryTypeId), text(passage, passageTypeId)]);
}

function largest(expected: Float32Array, actual: Float32Array): number {
  const differences = Array.from(expected, (value, index) => {
    return Math.abs(value - actual[index]!) / Math.max(1, Math.abs(value));
  });
  // Math.max gives NaN if one of its arguments is NaN.
  return Math.max(...differences);
}
