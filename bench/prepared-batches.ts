import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { seededRandom } from './cross-encoder/seeded-random.ts';

/** Longest first, as many in a batch as fit `tokens` when each is as long as the first. */
export function batchesOfTokens(lengths: readonly number[], tokens: number): number[][] {
  const made: number[][] = [[]];
  for (const length of lengths.toSorted((a, b) => b - a)) {
    const current = made.at(-1)!;
    if (current.length > 0 && current[0]! * (current.length + 1) > tokens) made.push([length]);
    else current.push(length);
  }
  return made;
}

/** What a session is given for a batch: random token ids, padded to the first length. */
export function feedsOf(
  lengths: readonly number[],
  vocabulary: number,
  inputs: readonly string[],
): InferenceSession.FeedsType {
  const random = seededRandom(7);
  const dims = [lengths.length, lengths[0]!];
  const filled = (valueAt: (column: number) => number) =>
    BigInt64Array.from(
      lengths.flatMap((length) =>
        Array.from({ length: dims[1]! }, (_, column) => BigInt(column < length ? valueAt(column) : 0)),
      ),
    );
  const all: Record<string, BigInt64Array> = {
    input_ids: filled(() => 5 + Math.floor(random() * (vocabulary - 5))),
    attention_mask: filled(() => 1),
    token_type_ids: filled((column) => (column > 10 ? 1 : 0)),
  };
  return Object.fromEntries(inputs.map((name) => [name, new Tensor('int64', all[name]!, dims)]));
}
