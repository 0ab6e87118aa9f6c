import type { TokenSequence } from '@secondpass/core/runtime';
import { type PaddingSettings, padInputs } from './padded-inputs.ts';
import { padStates } from './token-states.ts';

/** How sequences are padded, and which input takes their states. */
export interface FeedSettings extends PaddingSettings {
  /** The graph's input for the sequences' states, if it begins above the lower layers. */
  readonly statesInput?: string | undefined;
}

/** Makes a tensor as a build of ONNX Runtime takes it, from row-major values. */
export type TensorOf<Tensor> = (
  type: 'int64' | 'float32',
  data: BigInt64Array | Float32Array,
  dims: readonly number[],
) => Tensor;

/**
 * A batch as ONNX Runtime takes it, by the names of a graph's inputs.
 *
 * @example
 * import { feedsOf } from '@secondpass/runtime-common/thread';
 * const sequence = { ids: Int32Array.of(101, 102), typeIds: Int32Array.of(0, 0) };
 * const settings = { paddingSide: 'right', firstPosition: 0 } as const;
 * const tensorOf = (type: string, data: unknown, dims: readonly number[]) => ({ type, data, dims });
 * const feeds = feedsOf([sequence], ['input_ids'], settings, tensorOf);
 * feeds['input_ids']?.dims; // → [ 1, 2 ]
 */
export function feedsOf<Tensor>(
  sequences: readonly TokenSequence[],
  names: readonly string[],
  settings: FeedSettings,
  tensorOf: TensorOf<Tensor>,
): Record<string, Tensor> {
  const { inputs, dims } = padInputs(sequences, settings);
  return Object.fromEntries(
    names.map((name) => {
      if (name !== settings.statesInput) return [name, tensorOf('int64', inputs[name]!, dims)];
      const states = padStates(sequences, dims[1], settings.paddingSide);
      return [name, tensorOf('float32', states.data, states.dims)];
    }),
  );
}
