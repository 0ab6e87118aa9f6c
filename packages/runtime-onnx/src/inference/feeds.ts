import type { TokenSequence } from '@secondpass/core/runtime';
import { type FeedSettings, feedsOf as feedsAs } from '@secondpass/runtime-common/thread';
import { Tensor } from 'onnxruntime-node';

/**
 * A batch as onnxruntime-node takes it, by the names of a graph's inputs.
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
  return feedsAs(sequences, names, settings, (type, data, dims) => new Tensor(type, data as never, dims));
}
