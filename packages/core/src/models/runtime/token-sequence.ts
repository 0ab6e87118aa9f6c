/** What lower layers computed for tokens that follow each other, for a graph that begins above those layers. */
export interface TokenStates {
  /** Numbers per token. */
  readonly width: number;
  /**
   * Row-major [tokens, width]: float32, halves (IEEE 754 binary16) as their bits, or int8 values to be multiplied by their
   * token's scale.
   */
  readonly values: Float32Array | Uint16Array | Int8Array;
  /** One per token with int8 values, absent otherwise. */
  readonly scales?: Float32Array;
}

/** One model input: token ids, and for each the part that it belongs to. Equal lengths. */
export interface TokenSequence {
  readonly ids: Int32Array;
  readonly typeIds: Int32Array;
  /** How many of the first tokens the others may attend to. @default all */
  readonly attended?: number;
  /** For a graph that begins above the lower layers: one state per token, in as many parts as there are texts. */
  readonly states?: readonly TokenStates[];
}

/**
 * Several sequences as one, in their order, with their type ids.
 *
 * @example
 * import { concatenate } from '@secondpass/core/runtime';
 * const part = (id: number) => ({ ids: Int32Array.of(id), typeIds: Int32Array.of(0) });
 * concatenate([part(101), part(7), part(102)]).ids; // → Int32Array(3) [ 101, 7, 102 ]
 */
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
