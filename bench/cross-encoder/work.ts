/** Sizes of a transformer encoder, as make_shapes.py writes them to shape.json. */
export interface ShapeSizes {
  readonly layers: number;
  readonly hidden: number;
  readonly intermediate: number;
}

/**
 * Operations (a multiplication and its addition are two) that scoring pairs takes at least: padding is not counted, and
 * of the last layer only what the [CLS] token's output needs, which is keys and values of all tokens.
 */
export function leastOperations(sizes: ShapeSizes, pairLengths: readonly number[]): number {
  return pairLengths.reduce((sum, tokens) => sum + operationsOfPair(sizes, tokens), 0);
}

function operationsOfPair({ layers, hidden, intermediate }: ShapeSizes, tokens: number): number {
  const projections = 4 * hidden * hidden;
  const feedForward = 2 * hidden * intermediate;
  const attention = 2 * tokens * hidden;
  const wholeLayer = tokens * (projections + feedForward + attention);
  const lastLayer = tokens * 2 * hidden * hidden + 2 * hidden * hidden + feedForward + attention;
  const head = hidden * hidden + hidden;
  return 2 * ((layers - 1) * wholeLayer + lastLayer + head);
}
