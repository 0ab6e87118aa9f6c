/** Sizes of a transformer encoder, as make_shapes.py writes them to shape.json. */
export interface ShapeSizes {
  readonly layers: number;
  readonly hidden: number;
  readonly intermediate: number;
  /** Whether the feed-forward part multiplies two projections of its input (GeGLU), which is a third matrix. */
  readonly gated?: boolean;
  /** Tokens that a token of a local layer attends to, half of them on either side, and itself; absent: no layer is local. */
  readonly localAttention?: number;
  /** Of so many layers one, the first, is not local. */
  readonly globalEveryLayers?: number;
}

/**
 * Operations (a multiplication and its addition are two) that scoring pairs takes at least: padding is not counted, and
 * of the last layer only what the [CLS] token's output needs, which is keys and values of all tokens.
 */
export function leastOperations(sizes: ShapeSizes, pairLengths: readonly number[]): number {
  return pairLengths.reduce((sum, tokens) => sum + operationsOfPair(sizes, tokens), 0);
}

function operationsOfPair(sizes: ShapeSizes, tokens: number): number {
  const { layers, hidden, intermediate } = sizes;
  const projections = 4 * hidden * hidden;
  const feedForward = (sizes.gated ? 3 : 2) * hidden * intermediate;
  const head = hidden * hidden + hidden;
  let operations = head;
  for (let layer = 0; layer < layers; layer += 1) {
    if (layer < layers - 1) {
      const attention = 2 * attendedPairs(sizes, layer, tokens) * hidden;
      operations += tokens * (projections + feedForward) + attention;
    } else {
      const attention = 2 * attendedByFirst(sizes, layer, tokens) * hidden;
      operations += tokens * 2 * hidden * hidden + 2 * hidden * hidden + feedForward + attention;
    }
  }
  return 2 * operations;
}

/** Pairs of a token and one that it attends to. */
function attendedPairs(sizes: ShapeSizes, layer: number, tokens: number): number {
  const reach = reachOf(sizes, layer, tokens);
  return tokens * (2 * reach + 1) - reach * (reach + 1);
}

/** What the first token attends to: itself and what lies behind it within reach. */
function attendedByFirst(sizes: ShapeSizes, layer: number, tokens: number): number {
  return reachOf(sizes, layer, tokens) + 1;
}

/** How far to either side a token of the layer sees. */
function reachOf(
  { localAttention, globalEveryLayers = 1 }: ShapeSizes,
  layer: number,
  tokens: number,
): number {
  const isLocal = localAttention !== undefined && layer % globalEveryLayers !== 0;
  return Math.min(tokens - 1, isLocal ? localAttention / 2 : tokens);
}
