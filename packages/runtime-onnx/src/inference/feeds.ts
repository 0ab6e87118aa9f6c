import type { TokenSequence } from '@secondpass/core/runtime';
import { Tensor } from 'onnxruntime-node';
import { type PaddingSettings, padInputs } from './padded-inputs.ts';
import { padStates } from './token-states.ts';

export interface FeedSettings extends PaddingSettings {
  /** The graph's input for the sequences' states, where it begins above the lower layers. */
  readonly statesInput?: string | undefined;
}

/**
 * A batch as ONNX Runtime takes it, by the names of a graph's inputs.
 *
 * @example
 * import { feedsOf } from '@secondpass/runtime-onnx/trial';
 * const sequence = { ids: Int32Array.of(101, 102), typeIds: Int32Array.of(0, 0) };
 * const settings = { paddingSide: 'right', firstPosition: 0 } as const;
 * const feeds = feedsOf([sequence], ['input_ids', 'attention_mask'], settings);
 * feeds['input_ids']?.dims; // → [ 1, 2 ]
 */
export function feedsOf(
  sequences: readonly TokenSequence[],
  names: readonly string[],
  settings: FeedSettings,
): Record<string, Tensor> {
  const { inputs, dims } = padInputs(sequences, settings);
  return Object.fromEntries(
    names.map((name) => {
      if (name !== settings.statesInput) return [name, new Tensor('int64', inputs[name]!, dims)];
      const states = padStates(sequences, dims[1], settings.paddingSide);
      return [name, new Tensor('float32', states.data, states.dims)];
    }),
  );
}
