/** One model input: token ids, and for each the part that it belongs to. Equal lengths. */
export interface TokenSequence {
  readonly ids: Int32Array;
  readonly typeIds: Int32Array;
  /** How many of the first tokens the others may attend to. @default all */
  readonly attended?: number;
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
