import { openForTrial, type TrialSession, trialFeeds } from './model-run.ts';
import { encodeModel } from './onnx/onnx-codec.ts';
import type { ModelProto } from './onnx/onnx-proto.ts';

/** One axis of a value: a fixed size, how many sequences, how many tokens, or something made of those. */
export type Dimension = number | 'batch' | 'sequence' | 'other';

/** The shape of each value of a graph; values that the trial runs did not reach are absent. */
export type Dimensions = ReadonlyMap<string, readonly Dimension[]>;

/** Sizes that no product or sum in a text model has by chance. */
const trials = [
  { batch: 3, sequence: 13 },
  { batch: 5, sequence: 29 },
] as const;

export interface TrialTokens {
  readonly vocabulary: number;
  readonly tokenTypes: number;
}

/**
 * Finds the shapes by running the graph twice, at different sizes, with every value as an output: the runtime knows every
 * operator's shape rule, so that nothing has to be guessed from the graph.
 *
 * @param file the graph's bytes; they must hold all its weights
 */
export async function findDimensions(
  file: Uint8Array,
  model: ModelProto,
  tokens: TrialTokens,
): Promise<Dimensions> {
  const session = await openForTrial(withOutputs(file, model, everyValue(model)), 'disabled');
  try {
    const [first, second] = [
      await shapesOf(session, trials[0], tokens),
      await shapesOf(session, trials[1], tokens),
    ];
    const found = new Map<string, readonly Dimension[]>(
      model.graph!.initializer.map(({ name = '', dims }) => [name, dims]),
    );
    for (const [name, small] of first) {
      const large = second.get(name);
      if (large?.length !== small.length) continue;
      found.set(
        name,
        small.map((size, axis) => classify(size, large[axis]!)),
      );
    }
    return found;
  } finally {
    await session.release();
  }
}

async function shapesOf(
  session: TrialSession,
  { batch, sequence }: (typeof trials)[number],
  tokens: TrialTokens,
): Promise<Map<string, readonly number[]>> {
  const lengths = Array.from({ length: batch }, () => sequence);
  const feeds = trialFeeds({ lengths, ...tokens, seed: sequence }, session.inputNames);
  const results = await session.run(feeds);
  return new Map(
    [...Object.entries(results), ...Object.entries(feeds)].map(([name, value]) => [name, value.dims]),
  );
}

function classify(small: number, large: number): Dimension {
  if (small === large) return small;
  if (small === trials[0].batch && large === trials[1].batch) return 'batch';
  if (small === trials[0].sequence && large === trials[1].sequence) return 'sequence';
  return 'other';
}

function everyValue(model: ModelProto): string[] {
  return model.graph!.node.flatMap(({ output }) => output).filter((name) => name !== '');
}

/**
 * The file with more of its values as outputs. Protobuf joins messages that follow each other, so the outputs are
 * appended without writing the weights again.
 */
export function withOutputs(file: Uint8Array, model: ModelProto, values: readonly string[]): Uint8Array {
  const present = new Set(model.graph!.output.map(({ name }) => name));
  const names = values.filter((name) => !present.has(name));
  const addition = encodeModel({
    opsetImport: [],
    metadataProps: [],
    trainingInfo: [],
    functions: [],
    graph: {
      node: [],
      initializer: [],
      input: [],
      output: names.map((name) => ({ name, metadataProps: [] })),
      valueInfo: [],
      quantizationAnnotation: [],
      sparseInitializer: [],
      metadataProps: [],
    },
  });
  const joined = new Uint8Array(file.length + addition.length);
  joined.set(file);
  joined.set(addition, file.length);
  return joined;
}
