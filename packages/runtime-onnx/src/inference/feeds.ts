import type { TokenSequence } from '@secondpass/core/runtime';
import { type FeedSettings, feedsOf as feedsAs } from '@secondpass/runtime-common/thread';
import { Tensor } from 'onnxruntime-node';

/** A batch as onnxruntime-node takes it, by the names of a graph's inputs. */
export function feedsOf(
  sequences: readonly TokenSequence[],
  names: readonly string[],
  settings: FeedSettings,
): Record<string, Tensor> {
  return feedsAs(sequences, names, settings, (type, data, dims) => new Tensor(type, data as never, dims));
}
