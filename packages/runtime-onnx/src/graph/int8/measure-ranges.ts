import { readFile } from 'node:fs/promises';
import { sha256Of, type TokenSequence } from '@secondpass/core/runtime';
import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { withOutputs } from '../dimensions.ts';
import { Graph } from '../graph.ts';
import { openForTrial } from '../model-run.ts';
import { decodeModel } from '../onnx/onnx-codec.ts';
import { RangeCollector } from './activation-ranges.ts';
import type { ActivationRanges } from './activation-ranges-schema.ts';
import { findLinearLayers } from './linear-layers.ts';

/**
 * Runs texts through a graph, one by one, and measures the ranges of its linear layers' inputs. It runs the model on
 * the calling thread; see `measureRangesInThread`.
 *
 * @param source absolute path of the fp32 graph
 * @param sequences what the model would read, at least one
 */
export async function measureRanges(
  source: string,
  sequences: readonly TokenSequence[],
  signal?: AbortSignal,
): Promise<ActivationRanges> {
  const file = await readFile(source);
  const model = decodeModel(file);
  const groups = findLinearLayers(new Graph(model));
  if (groups.length === 0) throw new Error('the graph has no linear layers that could be turned into int8');
  const session = await openForTrial(
    withOutputs(
      file,
      model,
      groups.map(({ input }) => input),
    ),
    'all',
  );
  const collectors = groups.map(
    ({ layers }) =>
      new RangeCollector(
        layers.map(({ matrix }) => matrix.weight),
        layers[0]!.matrix.rows,
      ),
  );
  try {
    for (const sequence of sequences) {
      signal?.throwIfAborted();
      const results = await session.run(feedsOf(sequence, session.inputNames));
      for (const [index, { input }] of groups.entries()) {
        const { type, data } = results[input]!;
        if (type !== 'float32') throw new Error(`it computes in ${type}`);
        collectors[index]!.add(data as Float32Array);
      }
    }
  } finally {
    await session.release();
  }
  return {
    version: 1,
    graph: await sha256Of(source),
    texts: sequences.length,
    layers: collectors.map((collector) => collector.range()),
  };
}

function feedsOf({ ids, typeIds }: TokenSequence, inputs: readonly string[]): InferenceSession.FeedsType {
  const all: Record<string, BigInt64Array> = {
    input_ids: BigInt64Array.from(ids, BigInt),
    token_type_ids: BigInt64Array.from(typeIds, BigInt),
    attention_mask: new BigInt64Array(ids.length).fill(1n),
  };
  return Object.fromEntries(
    inputs.map((name) => {
      const data = all[name];
      if (!data) throw new Error(`the graph asks for an input ${name}`);
      return [name, new Tensor('int64', data, [1, ids.length])];
    }),
  );
}
