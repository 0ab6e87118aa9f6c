import type { TokenVectors } from '@secondpass/core/extend';

/**
 * The last step of a poly-encoder (Humeau et al. 2020): the passage's vector attends over the query's vectors, and
 * the score is its dot product with the result. In float64.
 *
 * @param query m vectors, one per learned code
 * @param passage one vector of the same dimensions
 */
export function polyAttention(query: TokenVectors, passage: TokenVectors): number {
  const { dimensions, values } = query;
  const products: number[] = [];
  for (let start = 0; start < values.length; start += dimensions) {
    let sum = 0;
    for (let at = 0; at < dimensions; at += 1) sum += values[start + at]! * passage.values[at]!;
    products.push(sum * query.scale * passage.scale);
  }
  const most = Math.max(...products);
  let weights = 0;
  let weighted = 0;
  for (const product of products) {
    // Subtract the largest, because exp of a large number overflows.
    const weight = Math.exp(product - most);
    weights += weight;
    weighted += weight * product;
  }
  return weighted / weights;
}
