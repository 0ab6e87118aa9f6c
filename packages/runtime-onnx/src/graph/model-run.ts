import { inNativeCode } from '@secondpass/runtime-common/thread';
import { InferenceSession, Tensor } from 'onnxruntime-node';

/** Sequences of random tokens for a trial run, padded to the longest. */
export interface TrialBatch {
  /** Tokens of each sequence. */
  readonly lengths: readonly number[];
  /** Token ids are below it. */
  readonly vocabulary: number;
  /** Token type ids are below it. */
  readonly tokenTypes: number;
  readonly seed: number;
}

/** An open session of ONNX Runtime. */
export interface TrialSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** @param outputs names; default all */
  run(feeds: InferenceSession.FeedsType, outputs?: readonly string[]): Promise<InferenceSession.ReturnType>;
  release(): Promise<void>;
}

/**
 * Opens a graph on the calling thread, which must not be the event loop's.
 *
 * @param graph the file's bytes, or its path
 * @param optimizations which rewrites of ONNX Runtime's own are made
 *
 * @example
 * import { openModelDirectory } from '@secondpass/core/runtime';
 * import { modelDirectory } from '@secondpass/models';
 * import { openForTrial } from '@secondpass/runtime-onnx/trial';
 * const { graph } = await openModelDirectory(modelDirectory('nano'));
 * const session = await openForTrial(graph, 'all');
 * session.inputNames.includes('input_ids'); // → true
 * await session.release();
 */
export async function openForTrial(
  graph: Uint8Array | string,
  optimizations: 'disabled' | 'all',
): Promise<TrialSession> {
  const options: InferenceSession.SessionOptions = {
    executionProviders: ['cpu'],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    graphOptimizationLevel: optimizations,
    logSeverityLevel: 4,
  };
  const session = await inNativeCode(() =>
    typeof graph === 'string'
      ? InferenceSession.create(graph, options)
      : InferenceSession.create(graph, options),
  );
  const { inputNames, outputNames } = session;
  return {
    inputNames,
    outputNames,
    run: (feeds, outputs) => inNativeCode(() => (outputs ? session.run(feeds, outputs) : session.run(feeds))),
    release: () => inNativeCode(() => session.release()),
  };
}

export function trialFeeds(batch: TrialBatch, inputs: readonly string[]): Record<string, Tensor> {
  const rows = batch.lengths.length;
  const columns = Math.max(...batch.lengths);
  const random = randomIntegers(batch.seed);
  const ids = new BigInt64Array(rows * columns);
  const mask = new BigInt64Array(rows * columns);
  const types = new BigInt64Array(rows * columns);
  for (const [row, length] of batch.lengths.entries()) {
    for (let column = 0; column < length; column += 1) {
      const at = row * columns + column;
      ids[at] = BigInt(random(batch.vocabulary));
      mask[at] = 1n;
      types[at] = BigInt(Math.floor((column / length) * batch.tokenTypes));
    }
  }
  const all: Record<string, BigInt64Array> = {
    input_ids: ids,
    attention_mask: mask,
    token_type_ids: types,
  };
  return Object.fromEntries(
    inputs.map((name) => {
      const data = all[name];
      if (!data) throw new Error(`the graph asks for an input ${name}`);
      return [name, new Tensor('int64', data, [rows, columns])];
    }),
  );
}

/** The same numbers on every machine (a multiplicative congruential generator, Park & Miller 1988). */
function randomIntegers(seed: number): (below: number) => number {
  let state = (seed % 2147483646) + 1;
  return (below) => {
    state = (state * 48271) % 2147483647;
    return Math.floor((state / 2147483647) * below);
  };
}
