import type { TokenStates } from '../inference/token-states.ts';

/** One model input: token ids, and for each the part that it belongs to. Equal lengths. */
export interface TokenSequence {
  readonly ids: Int32Array;
  readonly typeIds: Int32Array;
  /** How many of the first tokens the others may attend to. @default all */
  readonly attended?: number;
  /** For a graph that begins above the lower layers: one state per token, in as many parts as there are texts. */
  readonly states?: readonly TokenStates[];
}

export function concatenate(parts: readonly TokenSequence[]): TokenSequence {
  const length = parts.reduce((sum, { ids }) => sum + ids.length, 0);
  const ids = new Int32Array(length);
  const typeIds = new Int32Array(length);
  let start = 0;
  for (const part of parts) {
    ids.set(part.ids, start);
    typeIds.set(part.typeIds, start);
    start += part.ids.length;
  }
  return { ids, typeIds };
}
